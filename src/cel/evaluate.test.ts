import { expect } from "chai";
import { describe, it } from "mocha";
import { celDuration, CelError, evaluate, explainFalse, renderTemplate, showValue } from "./api.ts";
import { deepEqual } from "./values.ts";

describe("evaluate", () => {
  it("knows the added functions", () => {
    const truths = [
      "[[1], [2, 3]].flatten() == [1, 2, 3]", "[1, 1, 2].distinct() == [1, 2]", "[1, 2].isSorted() && ![2, 1].isSorted()", "[1, 2].sum() == 3",
      "[3, 1].min() == 1 && [3, 1].max() == 3", "sameItems([1, 2, 2], [2, 1, 2]) && !sameItems([1, 2, 2], [1, 1, 2])", "gaps([0, 1, 1, 3], 0, 5) == [1, 2, 4]",
      "merge({'a': {'b': 1, 'c': 2}}, {'a': {'b': null, 'd': 3}}) == {'a': {'c': 2, 'd': 3}}", "nanos(duration('2ms')) == 2000000", "pattern(3) == b'\\x00\\x01\\x02'",
      "json('{\"a\": 1}').a == 1", "base64.decode('/w==') == b'\\xff' && base64.encode(b'\\xff') == '/w=='", "isIP('::1') && !isIP('x')", "isURL('http://a/') && isSemver('1.2.3-a')",
      "'abcabc'.matches('^(abc)+$') && !'x'.matches('y')", "2 * MiB == 2097152", "CONTAINER_EXITED == 'CONTAINER_EXITED'", "m.?no.?way.orValue(3) == 3", "elapsed >= duration('2s')",
      "m.bytes == b'hi'", "m.big > 9223372036854775807",
    ];
    for (const truth of truths) {
      expect(evaluate(truth, { m: { bytes: Buffer.from("hi"), big: 18446744073709551615n }, elapsed: celDuration(2000.5) }), truth).to.equal(true);
    }
  });

  it("says what is absent, and where", () => {
    expect(() => evaluate("response.status.user", { response: { status: {} } })).to.throw(CelError, "'user' is absent");
    expect(() => evaluate("xs[3]", { xs: [1n] })).to.throw(CelError, "no item 3: the list has 1");
    expect(() => evaluate("made.id", {})).to.throw(CelError, "'made' has no value here");
    expect(() => evaluate("1 +", {})).to.throw(CelError).with.property("column", 4);
  });
});

describe("pattern", () => {
  it("counts to 250 again and again", () => {
    expect(evaluate("pattern(1000)", {})).to.deep.equal(Uint8Array.from({ length: 1000 }, (_, index) => index % 251));
    expect(evaluate("pattern(0)", {})).to.deep.equal(new Uint8Array());
  });
});

describe("renderTemplate", () => {
  it("keeps the type of a whole value and writes text inside one", () => {
    expect(renderTemplate({ a: "${n}", b: "n=${n}", c: "$${n}", d: ["${{'x': '}'}.x}"] }, { n: 4n })).to.deep.equal({ a: 4n, b: "n=4", c: "${n}", d: ["}"] });
    expect(() => renderTemplate("x${m}", { m: {} })).to.throw(CelError, "only a string");
  });
});

describe("explainFalse", () => {
  it("shows both sides, the false part, the failing item and the one that comes closest", () => {
    expect(explainFalse("a == 1 && b == 2", { a: 1n, b: 3n })).to.equal("b == 2 is false: b is 3");
    expect(explainFalse("xs.all(x, x.n > 1)", { xs: [{ n: 2n }, { n: 1n }] })).to.contain("item 1 of xs, {n: 1}: x.n > 1 is false: x.n is 1");
    const named = [{ n: "a", v: 1n }, { n: "b", v: 2n }];
    expect(explainFalse("xs.exists(x, x.n == 'b' && x.v > 2)", { xs: named })).to.equal('xs.exists(x, x.n == "b" && x.v > 2) is false: of 2 items {n: "b", v: 2} comes closest: x.v > 2 is false: x.v is 2');
    expect(explainFalse("xs.exists(x, x.n == 'c' && x.v > 2)", { xs: named })).to.contain('xs is [{n: "a", v: 1}, {n: "b", v: 2}]');
    const many = Array.from({ length: 200_000 }, () => named[0]);
    expect(explainFalse("xs.exists(x, x.n == 'b' && x.v > 2)", { xs: [...many, named[1]] })).to.contain('of 200001 items {n: "b", v: 2} comes closest');
    expect(explainFalse("xs.exists(x, x.n == 'c')", { xs: [] })).to.contain("xs is []");
    expect(explainFalse("sameItems(a, [1])", { a: [2n] })).to.contain("only on the left [2], only on the right [1]");
    expect(explainFalse("a.b == 1", { a: {} })).to.contain("'b' is absent");
    expect(explainFalse("'x'.matches(re)", { re: "y" })).to.contain("'x'".replaceAll("'", '"')).and.not.contain("rematch");
  });
});

describe("deepEqual and showValue", () => {
  it("compare and show by content", () => {
    expect(deepEqual({ a: [1n, Buffer.from("x")] }, { a: [1, new Uint8Array([120])] })).to.equal(true);
    expect(deepEqual({ a: 1n }, { a: 1n, b: 2n })).to.equal(false);
    expect(showValue({ a: new Uint8Array(100), d: celDuration(1500) })).to.contain("(100 bytes), d: 1.5s");
  });
});
