/** Programs as manifests, and what of them differs between two versions. */

import type { Line } from "../manifest.js";
import { contentsLine } from "./contents.js";
import { FAULTS } from "./faults.js";
import type { ExportItem, FieldType, Item, Program, TypeItem } from "./program.js";
import { Refs } from "./refs.js";
import { ENTRIES, runtimeLines } from "./runtime.js";
import { View } from "./view.js";

/** The header that goes with the output, of each manifest. */
function headerOf({ output }: Program): Line {
  const kind = output === "obj" ? { output: "obj" } : output === "pie" ? { pie: true } : {};
  return { manifold: 1, target: "x86_64-linux", ...kind };
}

/** The declarations of each manifest, without the header. */
export function declarationsOf(program: Program): Line[][] {
  const view = new View(program);
  const manifests = Array.from({ length: program.manifests }, (_, scope) => [
    ...runtimeLines(program.output, scope),
    ...program.items.filter((item) => item.scope === scope).flatMap((item) => itemLines(view, item)),
  ]);
  manifests[0]!.push({ export: "_start", of: ENTRIES[program.entry]!.of });
  const { fault } = program;
  if (fault === undefined) return manifests;
  const broken = fault.salt % program.manifests;
  return manifests.map((lines, scope) =>
    scope === (FAULTS[fault.kind].first ? 0 : broken) ? FAULTS[fault.kind].apply(lines, fault.salt) : lines,
  );
}

/** Each manifest with its header. */
export function render(program: Program): Line[][] {
  return declarationsOf(program).map((lines) => [headerOf(program), ...lines]);
}

function itemLines(view: View, item: Item): Line[] {
  if (item.kind === "func") {
    const align = item.align === 0 ? {} : { align: item.align };
    return [{ func: item.name, ...align, ...view.code(item).line(item.spelling) }];
  }
  if (item.kind === "data") {
    const refs = new Refs();
    const contents = contentsLine(view, item.contents, item.scope, item.id, refs);
    const align = item.align === 1 ? {} : { align: item.align };
    const threadlocal = item.threadlocal ? { threadlocal: true } : {};
    return [{ [item.writable ? "var" : "const"]: item.name, ...align, ...contents, ...threadlocal, ...refs.line() }];
  }
  if (item.kind === "extern") return [{ extern: item.name, is: item.is, ...(item.weak ? { weak: true } : {}) }];
  if (item.kind === "export") return view.exported.has(item) ? [exportLine(view, item)] : [];
  if (item.kind === "type") return [{ type: item.name, is: structOf(item) }];
  if (item.kind === "enum") return [{ type: item.name, is: { enum: item.tags, tag: "u8" } }];
  if (item.kind === "errors") return [{ errors: item.names }];
  return [];
}

function exportLine(view: View, { name, of, linkage, visibility }: ExportItem): Line {
  const item = view.item(of)!;
  const more = {
    ...(linkage === "strong" ? {} : { linkage }),
    ...(visibility === "default" ? {} : { visibility }),
  };
  if (item.kind !== "uav") return { export: name, of: "name" in item ? item.name : "", ...more };
  const refs = new Refs();
  const contents = contentsLine(view, item.contents, item.scope, item.id, refs);
  return { export: name, of: { uav: contents }, ...more, ...refs.line() };
}

function structOf({ fields, layout }: TypeItem): Line {
  const typeOf = (type: FieldType): unknown => (type === "ptr" ? { ptr: "u8", size: "c" } : type);
  return { struct: fields.map(({ name, type }) => ({ name, type: typeOf(type) })), layout };
}
