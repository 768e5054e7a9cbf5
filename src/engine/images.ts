/** What the engine wants of images; the command line joins it to the registry. */
import type { CriClient } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";

export interface ServedImage {
  readonly ref: string;
  readonly refs: readonly string[];
  readonly digest: string;
  readonly digestRef: string;
  /** Kind to AuthConfig. */
  readonly credentials: Readonly<Record<string, Message>>;
  /** The AuthConfig that a pull needs, if any. */
  readonly auth?: Message;
  /** Live: what the registry saw. */
  readonly requests: readonly unknown[];
  /** Serves an image that the host can run under the same names; for images that it cannot run. */
  readonly makeUsable?: () => void;
  release(): Promise<void>;
}

export interface ImageRequest {
  readonly caseId: string;
  readonly name: string;
  /** The rendered keys of the fixture: config, files, layers, names, auth, fault. */
  readonly keys: Readonly<Record<string, unknown>>;
}

export interface ImageProvider {
  /** The probe's image, pulled when first asked for. */
  probeImageRef(client: CriClient): Promise<string>;
  /** Serves an image of the case's own. */
  makeImage(request: ImageRequest): Promise<ServedImage>;
  /** True for references that no case may remove. */
  isShared(ref: string): boolean;
}
