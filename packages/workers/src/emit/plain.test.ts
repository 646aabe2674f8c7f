import { Chunk, Decl, Uav } from "@manifold/core";
import { describe, expect, it } from "vitest";
import { Emitted } from "./emitted.test.helper.js";

/** All that was emitted: records, and the bytes that they point to. */
function everything(emitted: Emitted): object {
  const { decls, relocs, refs, uavs, blamed } = emitted;
  const names = decls.map((decl) => emitted.blob(decl, Decl.NAME, Decl.NAME_LENGTH));
  const blobs = [
    ...decls.map((decl) => emitted.blob(decl, Decl.BLOB, Decl.SIZE)),
    ...uavs.map((uav) => emitted.blob(uav, Uav.BLOB, Uav.SIZE)),
  ];
  return { decls, relocs, refs, uavs, blamed, names, blobs };
}

/** The lines behind empty ones are read as plain text where they are; a blank before a line has it read with care. */
function bothWays(lines: readonly string[]): [plain: object, careful: object] {
  return ["\n\n", "\n "].map((joint) =>
    everything(new Emitted(lines.map((line) => joint.slice(1) + line).join("\n"))),
  ) as [object, object];
}

const CODE = '"code":{"bytes":"e80000000048c7c000000000c3"';
const CALL = '[1,"PLT32","write",-4]';

const LINES: readonly (readonly [string, string])[] = [
  ["a function", '{"func":"f","code":{"bytes":"c3"}}'],
  ["a function without bytes", '{"func":"f","code":{"bytes":""}}'],
  ["blanks behind commas and colons", '{"func": "f", "align": 64, "code": {"bytes": "c3", "relocs": []}}'],
  ["blanks elsewhere", '{ "func" : "f" , "code" : { "bytes" : "c3" } }'],
  ["relocations", `{"func":"f",${CODE},"relocs":[${CALL},[8, "32S", "table", 2147483647]]}}`],
  ["relocations with large addends", `{"func":"f",${CODE},"relocs":[[1,"PC32","x",-4294967297],[5,"32","x",2e3]]}}`],
  ["an addend of minus zero", `{"func":"f",${CODE},"relocs":[[1,"PC32","x",-0]]}}`],
  ["an addend with a leading zero", `{"func":"f",${CODE},"relocs":[[1,"PC32","x",04]]}}`],
  ["relocations before bytes", '{"func":"f","code":{"relocs":[[0,"PC8","x",1]],"bytes":"eb00"}}'],
  ["a relocation outside", `{"func":"f",${CODE},"relocs":[[10,"PC32","x",0]]}}`],
  ["an unknown type of relocation", `{"func":"f",${CODE},"relocs":[[1,"PC33","x",0]]}}`],
  ["a relocation of three", `{"func":"f",${CODE},"relocs":[[1,"PC32","x"]]}}`],
  [
    "refs to places and values",
    `{"func":"f",${CODE},"relocs":[${CALL},[8,"32S","p",0]]},"refs":{"p":{"uav":{"text":"hi"}},"write":{"nav":"w","offset":4}}}`,
  ],
  [
    "refs with blanks and alignments",
    `{"func":"f",${CODE},"relocs":[[8,"32S","p",0]]},"refs": {"p": {"uav": {"align": 16, "text": "a\\n\\u0000"}}, "q": {"uav": {"bytes": "00ff"}}}}`,
  ],
  ["refs to a place without offset", `{"func":"f",${CODE},"relocs":[[8,"32S","p",0]]},"refs":{"p":{"nav":"table"}}}`],
  [
    "refs of which the last is not plain",
    `{"func":"f",${CODE},"relocs":[[8,"32S","p",0],[1,"PC32","r",0]]},"refs":{"p":{"nav":"table","offset":8},"q":{"uav":{"text":"q"}},"r":{"uav":{"zero":4}}}}`,
  ],
  ["assembly", '{"func":"f","code":{"asm":"call g\\n\\tlea rax, [rip + t.x + 8]\\n\\tret\\n"}}'],
  ["assembly that refers to itself", '{"func":"f","code":{"asm":".La: nop\\nmov rax, OFFSET .La\\ncall f\\n"}}'],
  ["assembly that aligns", '{"func":"f","code":{"asm":".p2align 6\\nret"}, "align": 32}'],
  ["assembly that aligns less", '{"func":"f","align":4096,"code":{"asm":".p2align 6\\nret"}}'],
  ["assembly larger than its text", '{"func":"f","code":{"asm":".skip 3000000\\nret"}}'],
  ["wrong assembly", '{"func":"f","code":{"asm":"nop\\n\\tmov eax\\n\\tretx"}}'],
  ["assembly with escapes", '{"func":"f","code":{"asm":".ascii \\"a\\u00e9\\\\n\\"\\r\\nret"}}'],
  ["assembly and bytes", '{"func":"f","code":{"asm":"ret","bytes":"c3"}}'],
  ["assembly with a control character", '{"func":"f","code":{"asm":"ret\t"}}'],
  ["assembly without a closing quote", '{"func":"f","code":{"asm":"ret'],
  ["assembly with refs", '{"func":"f","code":{"asm":"lea rax, p[rip]\\ncall f"},"refs":{"p":{"uav":{"text":"hi"}}}}'],
  ["refs with a wrong escape", `{"func":"f",${CODE}},"refs":{"p":{"uav":{"text":"a\\x"}}}}`],
  ["refs with contents twice", `{"func":"f",${CODE}},"refs":{"p":{"uav":{"text":"a","bytes":"00"}}}}`],
  ["refs without contents", `{"func":"f",${CODE}},"refs":{"p":{"uav":{"align":8}}}}`],
  ["refs with an offset of nothing", `{"func":"f",${CODE}},"refs":{"p":{"offset":8}}}`],
  ["refs of two forms", `{"func":"f",${CODE}},"refs":{"p":{"uav":{"text":"a"},"nav":"x"}}}`],
  ["empty refs", `{"func":"f",${CODE}},"refs":{}}`],
  [
    "refs before code",
    `{"func":"f","refs":{"p":{"uav":{"bytes":"0000000000000000","relocs":[[0,"64","q",1]]}}},${CODE},"relocs":[[8,"32S","p",0]]}}`,
  ],
  ["refs that nothing uses", `{"func":"f",${CODE}},"refs":{"p":{"uav":{"zero":4}}}}`],
  ["refs that are wrong", `{"func":"f",${CODE}},"refs":{"p":{"uav":{"zero":4}},"p":{"nav":"x"}}}`],
  ["an unknown key behind refs", `{"func":"f",${CODE}},"refs":{"p":{"uav":{"zero":4}}},"size":3}`],
  ["escapes in names", `{"func":"f\\u0041",${CODE},"relocs":[[1,"PLT32","wr\\u0069te",-4]]}}`],
  ["names that are not ASCII", `{"func":"größe",${CODE},"relocs":[[1,"PLT32","größe",-4]]}}`],
  ["an empty name", '{"func":"","code":{"bytes":"c3"}}'],
  ["no code", '{"func":"f"}'],
  ["code twice", `{"func":"f",${CODE}},${CODE}}}`],
  ["an odd number of digits", '{"func":"f","code":{"bytes":"c3c"}}'],
  ["a digit that is none", '{"func":"f","code":{"bytes":"c3g3"}}'],
  ["base64", '{"const":"c","bytes":"base64:aGVsbG8="}'],
  ["data", '{"const":"c","align":8,"bytes":"00000000000000aB","relocs":[[0,"64","c",-1]]}'],
  ["data with its alignment behind", '{"var":"v","bytes":"01","align":2}'],
  ["text", '{"const":"c","text":"hello"}'],
  ["zeros", '{"var":"v","zero":4096,"align":16}'],
  ["zeros with a relocation", '{"var":"v","zero":8,"relocs":[[0,"64","v",0]]}'],
  ["negative zeros", '{"var":"v","zero":-8}'],
  ["contents twice", '{"var":"v","zero":8,"bytes":"00"}'],
  ["no contents", '{"var":"v","align":8}'],
  ["a fraction", '{"var":"v","zero":1.5}'],
  ["an alignment that is no power of two", '{"var":"v","zero":1,"align":24}'],
  ["data of threads", '{"var":"v","zero":8,"threadlocal":true}'],
  ["something behind the declaration", '{"var":"v","zero":8} x'],
  ["a line that ends early", '{"var":"v","zero":'],
  ["a string that ends early", '{"func":"f","code":{"bytes":"c3'],
];

describe("PlainDeclarations", () => {
  it.each(LINES)("come to what the careful reader makes of %s", (_, line) => {
    // Between others, so that what one line leaves behind would show in the next.
    const before = `{"func":"a",${CODE},"relocs":[${CALL},[8,"32S","a",0]]}}`;
    const behind = `{"const":"z","bytes":"0000000000000000","relocs":[[0,"64","write",0]]}`;
    const [plain, careful] = bothWays([before, line, behind, line.replace('"f"', '"g"')]);
    expect(plain).toEqual(careful);
  });

  it("are read up to the end of a text without a last newline", () => {
    const emitted = new Emitted('{"func":"f","code":{"bytes":"c3"}}\n{"func":"g","code":{"bytes":"c3"}}'.padEnd(10));
    expect(emitted.count(Chunk.DECL_COUNT)).toBe(2);
  });
});
