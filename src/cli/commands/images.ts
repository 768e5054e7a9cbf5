import { resolve } from "node:path";
import { Command } from "commander";
import type { ExitSlot, Terminal } from "../terminal.ts";

/** `criteria images`: the test images, for nodes that cannot use the loopback of the harness. */
export function imagesCommand(terminal: Terminal, exit: ExitSlot): Command {
  const command = new Command("images").description("shows, exports or serves the test images");
  command.command("list").description("names and digests of the test images").action(async () => {
    const { listImages } = await import("../image-jobs.ts");
    await listImages(terminal);
  });
  command.command("export")
    .description("writes the images as archives that a runtime can import")
    .argument("<dir>", "where the archives go")
    .action(async (dir: string) => {
      const { exportImages } = await import("../image-jobs.ts");
      await exportImages(resolve(terminal.cwd, dir), terminal);
    });
  command.command("serve")
    .description("serves the images until it is interrupted")
    .option("--listen <host:port>", "where", "127.0.0.1:5000")
    .action(async (options: { readonly listen: string }) => {
      const { serveImages } = await import("../image-jobs.ts");
      exit.code = await serveImages(options.listen, terminal);
    });
  return command;
}
