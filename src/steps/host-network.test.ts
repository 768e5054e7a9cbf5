import { expect } from "chai";
import { describe, it } from "mocha";
import { inet6Addresses, localAddresses, ratesIn } from "./host-network.ts";

describe("host network", () => {
  it("reads the rates of token buckets, in their units", () => {
    const lines = ["qdisc tbf 1: root refcnt 2 rate 8Mbit burst 512Mb lat 25ms", "qdisc ingress ffff: parent ffff:fff1", "qdisc tbf 2: root rate 1500Kbit burst 1b", "qdisc tbf 3: root rate 77bit burst 1b", ""];
    expect(ratesIn(lines)).to.deep.equal([8_000_000n, 1_500_000n, 77n]);
  });

  it("reads local addresses of both families", () => {
    const trie = "  |-- 10.1.0.0\n     /16 link UNICAST\n     |-- 10.1.2.3\n        /32 host LOCAL\n     |-- 10.1.2.4\n        /32 link BROADCAST";
    expect(localAddresses(trie)).to.deep.equal(["10.1.2.3"]);
    expect(inet6Addresses("fd000000000000000000000000000001 02 40 00 80 eth0\n")).to.deep.equal(["fd00::1"]);
  });
});
