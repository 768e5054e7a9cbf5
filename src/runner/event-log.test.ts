import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { RunEvent } from "../model/event.ts";
import { openEventLog, readEventLog } from "./event-log.ts";

async function inFolder(act: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "criteria-log-"));
  try {
    await act(join(folder, "events.ndjson"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function all(file: string, without: readonly RunEvent["type"][] = []): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of readEventLog(file, new Set(without))) events.push(event);
  return events;
}

const binding: RunEvent = {
  type: "binding", at: 1.5, case: "a.b", name: "x", value: { big: 9007199254740993n, bytes: new Uint8Array([0, 255]), list: [1n, null, "t"], none: {} },
};

describe("the event log", () => {
  it("gives back what was written, bigint and bytes included", async () => {
    await inFolder(async (file) => {
      const log = openEventLog(file);
      log.emit(binding);
      log.emit({ type: "stall", at: 2, durationMs: 3 });
      log.close();

      const events = await all(file);

      expect(events[0]).to.deep.include(binding);
      expect(events.map((event) => "n" in event && event.n)).to.deep.equal([1, 2]);
    });
  });
  it("writes of a value what JSON has no word for, and changes nothing in it", async () => {
    await inFolder(async (file) => {
      const log = openEventLog(file);
      const odd: unknown = JSON.parse('{"__proto__":{"deep":"x"},"kept":[{"a":[]}]}');
      const value = { odd, same: Object.freeze({ a: Object.freeze([1, 2]) }), holes: [undefined, 1], not: undefined, infinite: Infinity, at: new Date(0), map: new Map([[1, 2n]]) };
      log.emit({ ...binding, value });
      log.close();

      expect((await all(file))[0]).to.have.property("value").that.deep.equals({ odd, same: { a: [1, 2] }, holes: [undefined, 1], infinite: "Infinity", at: {}, map: { 1: 2n } });
      expect(value.map.get(1)).to.equal(2n);
    });
  });
  it("packs a flood, and gives it back whole", async () => {
    await inFolder(async (file) => {
      const log = openEventLog(file);
      const flood: RunEvent = { ...binding, value: { text: "0123456789".repeat(100_000), big: 9007199254740993n, bytes: new Uint8Array(100_000).fill(7) } };
      log.emit(flood);
      log.close();

      expect(readFileSync(file).length).to.be.below(20_000);
      expect(readFileSync(file, "utf8")).to.contain('"case":"a.b"');
      expect((await all(file))[0]).to.deep.include(flood);
    });
  });
  it("packs the flood of a call without its base64", async () => {
    await inFolder(async (file) => {
      const log = openEventLog(file);
      const call: RunEvent = {
        type: "call", at: 1, seq: 1, case: "a.b", rpc: "ExecSync", requestBytes: "", responseBytes: ["AA==", new Uint8Array(1 << 20).fill(7)], code: "OK", details: "OK",
        fromRuntime: true, startedMs: 0, elapsedMs: 1, wallMs: 2, deadlineMs: 3,
      };
      log.emit(call);
      log.close();

      expect(readFileSync(file).length).to.be.below(10_000);
      expect((await all(file))[0]).to.deep.include(call);
    });
  });
  it("leaves out what nobody wants to read, packed or not", async () => {
    await inFolder(async (file) => {
      const log = openEventLog(file);
      log.emit(binding);
      log.emit({ ...binding, value: "0123456789".repeat(10_000) });
      log.emit({ type: "stall", at: 2, durationMs: 3 });
      log.close();

      expect((await all(file, ["binding"])).map(({ type }) => type)).to.deep.equal(["stall"]);
    });
  });
  it("leaves out a last line that a crash cut off, and refuses other damage", async () => {
    await inFolder(async (file) => {
      const log = openEventLog(file);
      log.emit(binding);
      log.close();
      const whole = readFileSync(file, "utf8");
      appendFileSync(file, '{"n":2,"ty');
      expect(await all(file)).to.have.length(1);
      writeFileSync(file, `{"n":\n${whole}`);
      const thrown: unknown = await all(file).catch((error: unknown) => error);
      expect(String(thrown)).to.contain("events.ndjson:1");
    });
  });
});
