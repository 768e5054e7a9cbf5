/** protobufjs' low-level reader and writer; the package is CommonJS and has no named exports. */
import protobuf from "protobufjs";

export const Reader = protobuf.Reader;
export type Reader = protobuf.Reader;
export const Writer = protobuf.Writer;
export type Writer = protobuf.Writer;
