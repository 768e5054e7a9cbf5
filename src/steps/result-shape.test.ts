import { expect } from "chai";
import { describe, it } from "mocha";
import { checkResult } from "./result-shape.ts";
import type { FieldSchema, VerbSchema } from "./step.ts";

const schemaOf = (result: Record<string, FieldSchema>): VerbSchema => ({ name: "look", about: "", input: {}, result, rpcs: [], needs: [], demandsAlone: false });
const field = (type: string, keys?: FieldSchema["keys"]): FieldSchema => ({ type, about: "", ...(keys === undefined ? {} : { keys }) });

describe("the result of a verb", () => {
  const schema = schemaOf({ size: field("int"), names: field("list<string>"), by: field("map<string, int>"), seen: field("list<map<string, dyn>>", { at: field("int") }), bytes: field("bytes"), events: field("list<ContainerEventResponse>") });

  it("is what it declares", () => {
    expect(() => { checkResult(schema, { size: 1n, names: ["a"], by: { a: 1n }, seen: [{ at: 2n }], bytes: new Uint8Array(), events: [{}] }); }).not.to.throw();
    expect(() => { checkResult(schema, { size: undefined }); }).not.to.throw();
    expect(() => { checkResult(schema, undefined); }).not.to.throw();
  });

  const wrong: readonly (readonly [unknown, string])[] = [
    [{ size: 1 }, "result.size is a value of type number instead of int"],
    [{ names: ["a", 2n] }, "result.names[1] is an int instead of string"],
    [{ by: { a: "1" } }, "result.by.a is a value of type string instead of int"],
    [{ seen: [{ at: "now" }] }, "result.seen[0].at"],
    [{ seen: [{ on: 1n }] }, "no field 'on'"],
    [{ bytes: "x" }, "result.bytes"], [{ events: [1n] }, "result.events[0]"], [{ other: 1n }, "no field 'other'"], [[], "a list instead of a mapping"],
  ];
  for (const [result, message] of wrong) {
    it(`is refused where it is not: ${message}`, () => {
      expect(() => { checkResult(schema, result); }).to.throw(message);
    });
  }

  it("may be a value of its own, or have any field", () => {
    expect(() => { checkResult(schemaOf({ "": field("int") }), 1n); }).not.to.throw();
    expect(() => { checkResult(schemaOf({ "": field("int") }), {}); }).to.throw("instead of int");
    expect(() => { checkResult(schemaOf({ "*": field("dyn") }), { any: 1 }); }).not.to.throw();
  });
});
