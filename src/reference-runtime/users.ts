import type { Message } from "../cri/message.ts";
import { refuse } from "./call-error.ts";
import { child, enumName, integer, list, text } from "./fields.ts";
import { findFile, type RootFs } from "./rootfs.ts";

/** Whom a process runs as. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** Supplemental groups, the primary one included when it was given by name lists only. */
  readonly groups: readonly number[];
  readonly home: string;
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Whom the container's first process runs as: security context, else image user, else root (SEC-02 to SEC-10). */
export function resolveIdentity(security: Message | undefined, imageUser: string, files: RootFs): Identity {
  const user = child(security, "run_as_user");
  const name = text(security, "run_as_username");
  const group = child(security, "run_as_group");
  if (group !== undefined && user === undefined && name === "") refuse("INVALID_ARGUMENT", "run_as_group needs run_as_user or run_as_username");
  const [imageName = "", imageGroup] = imageUser.split(":");
  const fromConfig = user !== undefined || name !== "";
  const wanted = user === undefined ? (name === "" ? imageName : name) : String(integer(user, "value"));
  const account = findAccount(wanted, files);
  const gid = group !== undefined ? Number(integer(group, "value"))
    : !fromConfig && imageGroup !== undefined && imageGroup !== "" ? findGroup(imageGroup, files) : account.gid;
  return { uid: account.uid, gid, home: account.home, groups: supplemental(security, account, gid, files) };
}

function supplemental(security: Message | undefined, account: Account, gid: number, files: RootFs): number[] {
  const policy = enumName(security, "supplemental_groups_policy", "Merge");
  if (policy !== "Merge" && policy !== "Strict") refuse("INVALID_ARGUMENT", `unknown supplemental_groups_policy ${policy}`);
  const given = list(security, "supplemental_groups").map(Number);
  const own = policy === "Merge" ? groupsOf(account.name, files) : [];
  const known = new Set([gid, ...own]);
  return [...known, ...given.filter((group) => !known.has(group))].sort((left, right) => left - right);
}

function findAccount(wanted: string, files: RootFs): Account {
  const accounts = lines(files, "/etc/passwd").map(([name = "", , uid, gid, , home]): Account => ({ name, uid: Number(uid), gid: Number(gid), home: home ?? "/" }));
  if (wanted === "") return accounts.find(({ uid }) => uid === 0) ?? { name: "root", uid: 0, gid: 0, home: "/root" };
  const byName = accounts.find(({ name }) => name === wanted);
  if (byName !== undefined) return byName;
  if (!/^\d+$/.test(wanted)) return refuse("INVALID_ARGUMENT", `no user ${JSON.stringify(wanted)} in the image`);
  const uid = Number(wanted);
  return accounts.find((account) => account.uid === uid) ?? { name: "", uid, gid: 0, home: uid === 0 ? "/root" : "/" };
}

function findGroup(wanted: string, files: RootFs): number {
  const found = lines(files, "/etc/group").find(([name]) => name === wanted);
  if (found !== undefined) return Number(found[2]);
  return /^\d+$/.test(wanted) ? Number(wanted) : refuse("INVALID_ARGUMENT", `no group ${JSON.stringify(wanted)} in the image`);
}

function groupsOf(name: string, files: RootFs): number[] {
  if (name === "") return [];
  return lines(files, "/etc/group").filter(([, , , members]) => (members ?? "").split(",").includes(name)).map(([, , gid]) => Number(gid));
}

function lines(files: RootFs, path: string): string[][] {
  const content = findFile(files, path)?.entry.content?.toString("utf8") ?? "";
  return content.split("\n").filter((line) => line.includes(":")).map((line) => line.split(":"));
}
