import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { ApiVersion } from "./message.ts";
import type { CriSchema } from "./schema.ts";
import { criSchema } from "./schema.ts";

const table = readFileSync(new URL("../../fixtures/contract/fields.tsv", import.meta.url), "utf8");
const tableRows = table.trimEnd().split("\n").slice(1).map((line) => line.split("\t"));

/** The rows of the table, without the columns that a proto does not hold. */
function rowsOfTable(api: ApiVersion): string[] {
  return tableRows.filter((row) => row[0] === `runtime.${api}`).map((row) => row.slice(1, 7).join("|")).sort();
}

/** The parsed proto, written as the table is. */
function rowsOfProto(schema: CriSchema): string[] {
  const full = (name: string): string => `runtime.${schema.api}.${name}`;
  const rows: string[] = [];
  for (const rpc of schema.rpcs.values()) {
    const stream = rpc.serverStream ? "stream " : "";
    rows.push(["rpc", rpc.service, rpc.name, "", `${full(rpc.requestType)} -> ${stream}${full(rpc.responseType)}`, ""].join("|"));
  }
  for (const message of schema.messages.values()) {
    if (message.fields.size === 0) rows.push(["message", message.name, "", "", "", "empty"].join("|"));
    for (const { name, number, label, type } of message.fields.values()) {
      const typeName = type.kind === "scalar" ? type.name : full(type.name);
      const shown = label === "map" ? `map<string, ${typeName}>` : typeName;
      rows.push(["message", message.name, name, number, shown, label === "single" ? "" : label].join("|"));
    }
  }
  for (const { name, values } of schema.enums.values()) {
    for (const [value, number] of values) rows.push(["enum", name, value, number, full(name), ""].join("|"));
  }
  return rows.sort();
}

describe("proto", () => {
  for (const api of ["v1", "v1alpha2"] as const) {
    it(`${api} has exactly the calls, fields and values of the table`, () => {
      expect(rowsOfProto(criSchema(api))).to.deep.equal(rowsOfTable(api));
    });
  }

  it("has the known counts", () => {
    const count = (api: ApiVersion): number[] => {
      const { rpcs, messages, enums } = criSchema(api);
      const sum = (sizes: number[]): number => sizes.reduce((total, size) => total + size, 0);
      return [rpcs.size, messages.size, sum([...messages.values()].map((m) => m.fields.size)), sum([...enums.values()].map((e) => e.values.size))];
    };
    expect(count("v1")).to.deep.equal([43, 175, 478, 95]);
    expect(count("v1alpha2").filter((_, index) => index !== 1)).to.deep.equal([29, 341, 19]);
  });
});
