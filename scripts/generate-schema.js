/** Writes suites/suite.schema.json from the compiled code: `npm run build && node scripts/generate-schema.js`. */
import { writeFileSync } from "node:fs";
import { suiteSchemaText } from "../dist/catalog/suite-schema.js";

writeFileSync(new URL("../suites/suite.schema.json", import.meta.url), suiteSchemaText());
