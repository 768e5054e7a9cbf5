import type { Builder, TestCase } from "junit-report-builder";
import commonJsExport from "junit-report-builder";

/**
 * The one import of junit-report-builder. Its types promise a `default` that its CommonJS build does not have, so the
 * cast lives here and nowhere else.
 */
export function newJunitBuilder(): Builder {
  return (commonJsExport as unknown as Builder).newBuilder();
}

/** Marks the case as skipped, and says why: the builder itself writes `<skipped/>` without a message. */
export function skipWithMessage(item: TestCase, message: string): TestCase {
  const build = item.build.bind(item);
  item.build = (parent) => {
    const element = build(parent);
    element.children.filter((child): child is typeof element => "name" in child && child.name === "skipped").forEach((child) => child.attribute("message", message));
    return element;
  };
  return item.skipped();
}
