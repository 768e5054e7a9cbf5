import type { Builder } from "junit-report-builder";
import commonJsExport from "junit-report-builder";

/**
 * The one import of junit-report-builder. Its types promise a `default` that its CommonJS build does not have, so the
 * cast lives here and nowhere else.
 */
export function newJunitBuilder(): Builder {
  return (commonJsExport as unknown as Builder).newBuilder();
}
