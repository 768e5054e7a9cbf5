// Mocha's spec reporter on the terminal, and its counts and failures in a file for test/all.js.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failed = [];
    runner.on("fail", (test, error) => failed.push(`${test.fullTitle()}: ${error.stack ?? error.message}`));
    runner.once("end", () => {
      const { passes = 0, failures = 0, pending = 0 } = this.stats;
      writeFileSync(options.reporterOption.output, JSON.stringify({ passes, failures, pending, failed }));
    });
  }
};
