/** Writes dist/suites.json, which spares each start the parsing of suites that have not changed since: part of `npm run build`. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { storeText } from "../dist/yaml/stored.js";

const folder = new URL("../suites/", import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml")).sort();
writeFileSync(new URL("../dist/suites.json", import.meta.url), storeText(files.map((file) => readFileSync(new URL(file, folder), "utf8"))));
