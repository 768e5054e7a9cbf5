/** Changes to files and folders of the host, each with what takes it back. */
import { lstat, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Message } from "../cri/message.ts";
import { stringOf } from "./input.ts";
import type { StepContext } from "./step.ts";

type Undo = Pick<StepContext, "undo">;

/** `write`: makes a file, or another content for it. */
export async function writeText(input: Message, context: Undo): Promise<void> {
  const path = stringOf(input, "path");
  const before = await readFile(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  // Before the write, which may stop halfway.
  context.undo(`file ${path}`, async () => (before === undefined ? rm(path, { force: true }) : writeFile(path, before)));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, stringOf(input, "text"));
}

/** A folder of its own on the same file system, so that moving there and back is a rename. */
async function hiddenBeside(path: string): Promise<string> {
  return mkdtemp(join(dirname(path), `.criteria-`));
}

/** `rename`: what stood at `to` is kept meanwhile, and is there again afterwards. */
export async function renamePath(input: Message, context: Undo): Promise<void> {
  const [from, to] = [stringOf(input, "from"), stringOf(input, "to")];
  await lstat(from);
  if (await isThere(to)) {
    await removePath(to, context);
  }
  await rename(from, to);
  context.undo(`${from}, renamed to ${to}`, async () => {
    // A case may have removed or renamed it since, or removed the folder around it.
    if ((await isThere(to)) && !(await isThere(from))) {
      await rename(to, from);
    }
  });
}

/** `remove`: moves it out of sight, and back afterwards. */
export async function removePath(path: string, context: Undo): Promise<void> {
  await lstat(path);
  const hidden = await hiddenBeside(path);
  const kept = join(hidden, basename(path));
  await rename(path, kept);
  context.undo(`removed ${path}`, async () => {
    // What has come in its place since gives way.
    await rm(path, { recursive: true, force: true });
    await rename(kept, path);
    await rm(hidden, { recursive: true });
  });
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(() => true, () => false);
}
