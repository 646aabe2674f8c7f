/**
 * Options that are accepted and change nothing: a static program has no use for them, or is as good without. They are
 * grouped as docs/ld.md lists them; how spellings are written is told in option.ts.
 */

import type { OptionTable } from "./option.js";

const IGNORED: Readonly<Record<string, readonly string[]>> = {
  "of dynamic linking": [
    "I= dynamic-linker= rpath= rpath-link= h= soname= auxiliary= filter= P= depaudit= audit= Y= init= fini=",
    "E export-dynamic no-export-dynamic export-dynamic-symbol= export-dynamic-symbol-list= dynamic-list=",
    "dynamic-list-data dynamic-list-cpp-new dynamic-list-cpp-typeinfo version-script= version-exports-section=",
    "undefined-version no-undefined-version default-symver default-imported-symver exclude-libs=",
    "Bsymbolic Bsymbolic-functions Bsymbolic-non-weak-functions Bno-symbolic Bgroup",
    "as-needed no-as-needed copy-dt-needed-entries no-copy-dt-needed-entries add-needed no-add-needed",
    "allow-shlib-undefined no-allow-shlib-undefined hash-style= hash-size= spare-dynamic-tags=",
    "enable-new-dtags disable-new-dtags pack-dyn-relocs= gc-keep-exported apply-dynamic-relocs",
    "no-apply-dynamic-relocs gnu-unique no-gnu-unique",
  ],
  "of other linkers' ways of working": [
    "no-keep-memory reduce-memory-overheads max-cache-size= fork no-fork quick-exit",
    "no-quick-exit mmap-output-file no-mmap-output-file map-whole-files no-map-whole-files preread-archive-symbols",
    "perf error-limit= error-handling-script=",
  ],
  "for plugins, which are not loaded": ["plugin= plugin-opt= mllvm= flto[=] flto-partition= fuse-ld= lto-* thinlto-*"],
  "of layout and size": [
    "O= relax no-relax sort-common[=] sort-section= unique[=] split-by-file[=] split-by-reloc[=] no-omagic",
    "no-nmagic keep-unique=",
    "icf= no-icf print-icf-sections no-print-icf-sections compress-debug-sections[=] gdb-index no-gdb-index",
    "rosegment no-rosegment define-common no-define-common d dc dp G= gpsize= ld-generated-unwind-info",
    "no-ld-generated-unwind-info strip-discarded no-strip-discarded force-group-allocation orphan-handling=",
    "enable-non-contiguous-regions enable-non-contiguous-regions-warnings symbol-ordering-file=",
    "call-graph-ordering-file= call-graph-profile-sort[=] no-call-graph-profile-sort ctf-variables no-ctf-variables",
    "ctf-share-types= package-metadata[=] traditional-format embedded-relocs task-link= section-ordering-file=",
  ],
  "of checks and messages": [
    "no-undefined warn-once warn-constructors warn-multiple-gp warn-section-align warn-textrel warn-shared-textrel",
    "warn-alternate-em warn-execstack no-warn-execstack error-execstack no-error-execstack warn-rwx-segments",
    "no-warn-rwx-segments error-rwx-segments no-error-rwx-segments warn-backrefs no-warn-backrefs warn-symbol-ordering",
    "no-warn-symbol-ordering no-warn-mismatch no-warn-search-mismatch warn-ifunc-textrel no-warn-ifunc-textrel",
    "check-sections no-check-sections demangle[=] no-demangle cref no-cref print-memory-usage print-map-discarded",
    "no-print-map-discarded accept-unknown-input-arch no-accept-unknown-input-arch disable-multiple-abs-defs",
    "detect-odr-violations no-detect-odr-violations",
  ],
  "of the past": ["a= A= architecture= assert= g Qy qmagic EL force-exe-suffix"],
};

/** Keywords of `-z`, which have no effect for the same reasons; `=` as for options. */
const IGNORED_KEYWORDS: readonly string[] = [
  "combreloc nocombreloc copyreloc nocopyreloc global globalaudit group initfirst interpose lazy now loadfltr",
  "nodefaultlib nodelete nodlopen nodump origin unique nounique unique-symbol nounique-symbol common nocommon",
  "text notext textoff start-stop-gc nostart-stop-gc start-stop-visibility= extern-protected-data",
  "noextern-protected-data indirect-extern-access noindirect-extern-access dynamic-undefined-weak",
  "nodynamic-undefined-weak reloc-overflow noreloc-overflow call-nop= bndplt ibtplt ibt shstk cet-report=",
  "ibt-report= shstk-report= force-ibt force-bti pac-plt lam-u48 lam-u57 lam-u48-report= lam-u57-report= lam-report=",
  "report-relative-reloc x86-64-baseline x86-64-v2 x86-64-v3 x86-64-v4 isa-level-report= pack-relative-relocs",
  "nopack-relative-relocs mark-plt nomark-plt rodynamic retpolineplt hazardplt ifunc-noplt wxneeded",
  "keep-text-section-prefix nokeep-text-section-prefix keep-data-section-prefix nokeep-data-section-prefix",
  "dead-reloc-in-nonalloc= sectionheader nosectionheader gnustack nognustack rewrite-endbr norewrite-endbr",
  "memory-seal nomemory-seal",
];

export function addIgnored(options: OptionTable): void {
  for (const spellings of Object.values(IGNORED).flat()) options.add(spellings, () => undefined);
}

export function addIgnoredKeywords(keywords: OptionTable): void {
  for (const spellings of IGNORED_KEYWORDS) keywords.add(spellings, () => undefined);
}
