/** Whether anybody is there. */
import { connect, type NetConnectOpts } from "node:net";

/**
 * What became of a connection that is closed at once: `taken`, `refused` because nobody listens, `failed` for another reason, or `silent` for so many
 * milliseconds.
 */
export async function knock(at: NetConnectOpts, milliseconds: number): Promise<"taken" | "refused" | "failed" | "silent"> {
  const socket = connect(at);
  try {
    return await new Promise((resolve) => {
      socket.setTimeout(milliseconds, () => { resolve("silent"); });
      socket.once("connect", () => { resolve("taken"); });
      socket.once("error", (error) => { resolve("code" in error && error.code === "ECONNREFUSED" ? "refused" : "failed"); });
    });
  } finally {
    socket.destroy();
  }
}
