/**
 * A manifest as GNU assembly: an oracle for tests. What `gcc` links from it is what the manifest means, by a linker
 * that shares nothing with ours.
 *
 * Every nav gets a section of its own, with junk before it, and the navs come in reverse order: code that counts on its
 * old neighbours breaks. Relocations are `.reloc` directives, one for one. It takes contents given as `bytes`, `text`
 * or `zero`, `relocs`, and `refs` to navs and unnamed values; assembly, typed and lazy values are beyond it.
 */

interface Contents {
  readonly bytes?: string;
  readonly text?: string;
  readonly zero?: number;
  readonly align?: number;
  readonly relocs?: readonly (readonly [offset: number, type: string, target: string, addend: number])[];
}

interface Declaration extends Contents {
  readonly func?: string;
  readonly const?: string;
  readonly var?: string;
  readonly extern?: string;
  readonly export?: string;
  readonly of?: string;
  readonly is?: string;
  readonly weak?: boolean;
  readonly linkage?: string;
  readonly visibility?: string;
  readonly threadlocal?: boolean;
  readonly code?: Contents;
  readonly refs?: Readonly<
    Record<string, { readonly uav: Contents } | { readonly nav: string; readonly offset: number }>
  >;
}

/** The assembly of a manifest's lines (NDJSON, header first), for `gcc -x assembler`. */
export function manifestToGas(lines: readonly string[]): string {
  const declarations = lines
    .filter((line) => line.trim() !== "")
    .slice(1)
    .map((line) => JSON.parse(line) as Declaration);
  const labels = new Map<string, string>();
  for (const declaration of declarations) {
    const nav = declaration.func ?? declaration.const ?? declaration.var;
    if (nav !== undefined) labels.set(nav, `__nav_${labels.size}`);
  }
  // An export is as good a target as the nav that it names.
  for (const { export: name, of } of declarations) {
    if (name !== undefined && !labels.has(name)) labels.set(name, labels.get(of ?? "") ?? `"${of}"`);
  }
  const blocks = declarations.map((declaration) => block(declaration, labels)).reverse();
  return `${blocks.flat().join("\n")}\n.section .note.GNU-stack,"",@progbits\n`;
}

function block(declaration: Declaration, labels: ReadonlyMap<string, string>): readonly string[] {
  if (declaration.extern !== undefined) return externBlock(declaration, declaration.extern);
  if (declaration.export !== undefined) return exportBlock(declaration, declaration.export, labels);
  const name = declaration.func ?? declaration.const ?? declaration.var;
  const contents = declaration.func === undefined ? declaration : declaration.code;
  const label = labels.get(name ?? "");
  if (label === undefined || contents === undefined) throw new Error(`not handled: ${JSON.stringify(declaration)}`);
  const unnamed: string[] = [];
  const targets = new Map(labels);
  for (const [local, ref] of Object.entries(declaration.refs ?? {})) {
    if ("nav" in ref) {
      targets.set(local, `${labels.get(ref.nav)} + ${ref.offset}`);
    } else if ("uav" in ref) {
      const uav = `${label}_uav_${unnamed.length}`;
      unnamed.push(...nav("const", uav, ref.uav, ref.uav.align ?? 1, false, labels));
      targets.set(local, uav);
    } else {
      throw new Error(`not handled: ${JSON.stringify(ref)}`);
    }
  }
  const kind = declaration.func !== undefined ? "func" : declaration.const !== undefined ? "const" : "var";
  const align = declaration.align ?? (kind === "func" ? 16 : 1);
  return [...unnamed, ...nav(kind, label, contents, align, declaration.threadlocal ?? false, targets)];
}

function nav(
  kind: "func" | "const" | "var",
  label: string,
  contents: Contents,
  align: number,
  threadLocal: boolean,
  targets: ReadonlyMap<string, string>,
): readonly string[] {
  const { zero, relocs = [] } = contents;
  const isNobits = zero !== undefined && kind === "var";
  const section = sectionOf(kind, isNobits, threadLocal, relocs.length > 0);
  return [
    `.section ${section.name}.${label},"${section.flags}",${isNobits ? "@nobits" : "@progbits"}`,
    isNobits ? ".skip 48" : ".fill 48, 1, 0xcc",
    `.balign ${align}`,
    // Global, because .reloc replaces local symbols by their sections, which means another slot of the GOT.
    `.globl ${label}`,
    `.hidden ${label}`,
    `${label}:`,
    zero === undefined ? dataOf(contents) : `.skip ${zero}`,
    ...relocs.map(([offset, type, target, addend]) => {
      return `.reloc ${label} + ${offset}, R_X86_64_${type}, ${targets.get(target) ?? `"${target}"`} + ${addend}`;
    }),
  ];
}

function sectionOf(kind: "func" | "const" | "var", isNobits: boolean, threadLocal: boolean, hasRelocs: boolean) {
  if (kind === "func") return { name: ".text", flags: "ax" };
  if (threadLocal) return { name: isNobits ? ".tbss" : ".tdata", flags: "awT" };
  if (kind === "var") return { name: isNobits ? ".bss" : ".data", flags: "aw" };
  return hasRelocs ? { name: ".data.rel.ro", flags: "aw" } : { name: ".rodata", flags: "a" };
}

function dataOf({ bytes = "", text }: Contents): string {
  const [encoded, encoding] = bytes.startsWith("base64:")
    ? [bytes.slice(7), "base64" as const]
    : [bytes, "hex" as const];
  const data = text === undefined ? Buffer.from(encoded, encoding) : Buffer.from(text);
  return data.length === 0 ? "" : `.byte ${Array.from(data).join(",")}`;
}

function externBlock({ is, weak, visibility }: Declaration, name: string): readonly string[] {
  const lines = [`.${weak === true ? "weak" : "globl"} "${name}"`];
  if (is === "tls") lines.push(`.type "${name}", @tls_object`);
  if (visibility !== undefined && visibility !== "default") lines.push(`.${visibility} "${name}"`);
  return lines;
}

function exportBlock(
  { of, linkage, visibility }: Declaration,
  name: string,
  labels: ReadonlyMap<string, string>,
): readonly string[] {
  const lines = [`.${linkage === "weak" ? "weak" : "globl"} "${name}"`, `.set "${name}", ${labels.get(of ?? "")}`];
  if (visibility !== undefined && visibility !== "default") lines.push(`.${visibility} "${name}"`);
  return lines;
}
