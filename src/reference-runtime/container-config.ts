import { existsSync } from "node:fs";
import type { Message } from "../cri/message.ts";
import { refuse } from "./call-error.ts";
import { child, children, enumName, flag, list, text, texts } from "./fields.ts";
import { imageReference } from "./images.ts";
import { findFile } from "./rootfs.ts";
import type { Sandbox, State } from "./state.ts";

const capabilities = new Set((
  "ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE " +
  "LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYS_ADMIN SYS_BOOT " +
  "SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG SYSLOG WAKE_ALARM"
).split(" "));

/** Refuses what the contract says is invalid; what a kernel would enforce is not simulated. */
export function checkSecurity(state: State, sandbox: Sandbox, config: Message): void {
  const security = child(child(config, "linux"), "security_context");
  const caps = child(security, "capabilities");
  for (const name of ["add_capabilities", "drop_capabilities", "add_ambient_capabilities"].flatMap((field) => texts(caps, field))) {
    if (!capabilities.has(name.toUpperCase().replace(/^CAP_/, ""))) refuse("INVALID_ARGUMENT", `unknown capability ${name}`);
  }
  checkTarget(state, sandbox, child(security, "namespace_options"));
  if (flag(security, "privileged")) return;
  const seccomp = child(security, "seccomp");
  if (enumName(seccomp, "profile_type", "RuntimeDefault") === "Localhost" && !existsSync(text(seccomp, "localhost_ref"))) refuse("INVALID_ARGUMENT", "the seccomp profile does not exist");
  if (enumName(child(security, "apparmor"), "profile_type", "RuntimeDefault") === "Localhost") refuse("INVALID_ARGUMENT", "the AppArmor profile is not loaded");
  for (const device of children(config, "devices")) {
    if (!existsSync(text(device, "host_path"))) refuse("INVALID_ARGUMENT", `no device ${text(device, "host_path")}`);
  }
  if (list(config, "CDI_devices").length > 0) refuse("INVALID_ARGUMENT", "no such CDI device");
}

function checkTarget(state: State, sandbox: Sandbox, options: Message | undefined): void {
  if (!["network", "pid", "ipc"].some((kind) => enumName(options, kind, "POD") === "TARGET")) return;
  const target = text(options, "target_id");
  if (state.containers.get(target)?.sandbox !== sandbox) refuse("INVALID_ARGUMENT", `no container ${JSON.stringify(target)} in this pod to share a namespace with`);
}

/** The mounts as the status shows them; refuses those that cannot be made. */
export function resolveMounts(state: State, config: Message): Message[] {
  return children(config, "mounts").map((mount) => {
    if (text(mount, "container_path") === "") refuse("INVALID_ARGUMENT", "a mount has no container_path");
    checkRecursive(mount);
    const image = child(mount, "image");
    if (text(image, "image") !== "") return imageMount(state, mount, text(image, "image"));
    if (!existsSync(text(mount, "host_path"))) refuse("INVALID_ARGUMENT", `the mount source ${JSON.stringify(text(mount, "host_path"))} does not exist`);
    return mount;
  });
}

function checkRecursive(mount: Message): void {
  if (!flag(mount, "recursive_read_only")) return;
  if (!flag(mount, "readonly")) refuse("INVALID_ARGUMENT", "recursive_read_only needs readonly");
  if (enumName(mount, "propagation", "PROPAGATION_PRIVATE") !== "PROPAGATION_PRIVATE") refuse("INVALID_ARGUMENT", "recursive_read_only needs private propagation");
  refuse("UNKNOWN", "RROUnsupported: this handler has no recursive read-only mounts");
}

function imageMount(state: State, mount: Message, name: string): Message {
  if (text(mount, "host_path") !== "") refuse("INVALID_ARGUMENT", "a mount has an image or a host_path, not both");
  const image = state.images.find(name) ?? refuse("UNKNOWN", `ImageVolumeMountFailed: no image ${JSON.stringify(name)}`);
  const below = text(mount, "image_sub_path");
  const outside = below.split("/").includes("..");
  if (below !== "" && (outside || findFile(image.files, below) === undefined)) refuse("UNKNOWN", `ImageVolumeMountFailed: the image has no ${JSON.stringify(below)}`);
  return { ...mount, readonly: true, image: { ...child(mount, "image"), image_ref: imageReference(image) } };
}
