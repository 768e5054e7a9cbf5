/** Says why an expression was false, with the values that made it so. */
import { serialize } from "@marcbachmann/cel-js";
import type { ASTNode } from "@marcbachmann/cel-js";
import { messageOf } from "../model/errors.ts";
import { evaluate } from "./evaluate.ts";
import type { Bindings } from "./evaluate.ts";
import { linearMatches, unmatched } from "./functions.ts";
import { programOf } from "./program.ts";
import { isFields, showValue, toCel } from "./values.ts";

/** Both sides of a false comparison, the false part of an `&&`, the item that breaks an `all`, the one that an `exists` comes closest to. Never throws. */
export function explainFalse(source: string, bindings: Bindings): string {
  try {
    return explain(programOf(source).ast, bindings);
  } catch (error) {
    return messageOf(error);
  }
}

function textOf(node: ASTNode): string {
  return serialize(node).replaceAll(`.${linearMatches}(`, ".matches(");
}

function valueOf(node: ASTNode, bindings: Bindings): unknown {
  return evaluate(textOf(node), bindings);
}

function explain(node: ASTNode, bindings: Bindings): string {
  switch (node.op) {
    case "&&":
      return explain(isFalse(node.args[0], bindings) ? node.args[0] : node.args[1], bindings);
    case "||":
      return `neither ${explain(node.args[0], bindings)}, nor ${explain(node.args[1], bindings)}`;
    case "?:":
      return explain(isFalse(node.args[0], bindings) ? node.args[2] : node.args[1], bindings);
    case "!_":
      return `${textOf(node.args)} is true${values([node.args], bindings)}`;
    case "==": case "!=": case "<": case "<=": case ">": case ">=": case "in":
      return `${textOf(node)} is false${values(node.args, bindings)}`;
    case "rcall":
      return explainMethod(node, node.args[0], node.args[1], node.args[2], bindings);
    case "call":
      return node.args[0] === "sameItems" ? explainItems(node, node.args[1], bindings) : `${textOf(node)} is false${values(node.args[1], bindings)}`;
    default:
      return `${textOf(node)} is false`;
  }
}

function isFalse(node: ASTNode, bindings: Bindings): boolean {
  try {
    return valueOf(node, bindings) !== true;
  } catch {
    // What cannot be evaluated is the part to be explained; its error comes up again there.
    return true;
  }
}

function explainMethod(node: ASTNode, name: string, receiver: ASTNode, args: readonly ASTNode[], bindings: Bindings): string {
  const [variable, body] = args;
  if (variable?.op !== "id" || body === undefined) return `${textOf(node)} is false${values([receiver, ...args], bindings)}`;
  const inside = (item: unknown): Bindings => ({ ...bindings, [variable.args]: item });
  if (name === "all") {
    const items = itemsOf(receiver, bindings);
    const at = items.findIndex((item) => isFalse(body, inside(item)));
    if (at >= 0) return `item ${at} of ${textOf(receiver)}, ${showValue(items[at])}: ${explainFalse(textOf(body), inside(items[at]))}`;
  }
  if (name === "exists") {
    const items = itemsOf(receiver, bindings);
    const closest = closestOf(items, conjuncts(body), inside);
    // The list itself may be too long to be shown up to the item that matters.
    if (closest !== undefined) return `${textOf(node)} is false: of ${items.length} items ${showValue(closest.item)} comes closest: ${explainFalse(textOf(closest.failing), inside(closest.item))}`;
  }
  return `${textOf(node)} is false${values([receiver], bindings)}`;
}

/** The first item for which most parts hold, in their order, and the part where that ends; undefined where not one part holds for any. */
function closestOf(items: readonly unknown[], parts: readonly ASTNode[], inside: (item: unknown) => Bindings): { readonly item: unknown; readonly failing: ASTNode } | undefined {
  let closest: { readonly item: unknown; readonly failing: ASTNode } | undefined;
  let most = 0;
  for (const item of items) {
    const held = parts.findIndex((part) => isFalse(part, inside(item)));
    const failing = parts[held];
    if (held <= most || failing === undefined) continue;
    most = held;
    closest = { item, failing };
  }
  return closest;
}

/** What a macro goes through: the items of a list, the keys of a map. */
function itemsOf(receiver: ASTNode, bindings: Bindings): unknown[] {
  const list = toCel(valueOf(receiver, bindings));
  return Array.isArray(list) ? list : isFields(list) ? Object.keys(list) : [];
}

function conjuncts(node: ASTNode): ASTNode[] {
  return node.op === "&&" ? node.args.flatMap(conjuncts) : [node];
}

function explainItems(node: ASTNode, args: readonly ASTNode[], bindings: Bindings): string {
  const [left, right] = args.map((arg) => valueOf(arg, bindings));
  if (!Array.isArray(left) || !Array.isArray(right)) return `${textOf(node)} is false${values(args, bindings)}`;
  return `${textOf(node)} is false: only on the left ${showValue(unmatched(left, right))}, only on the right ${showValue(unmatched(right, left))}`;
}

function values(nodes: readonly ASTNode[], bindings: Bindings): string {
  const shown = nodes.filter((node) => node.op !== "value").map((node) => {
    try {
      return `${textOf(node)} is ${showValue(valueOf(node, bindings))}`;
    } catch (error) {
      return `${textOf(node)}: ${messageOf(error)}`;
    }
  });
  return shown.length === 0 ? "" : `: ${shown.join(", ")}`;
}
