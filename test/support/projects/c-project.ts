/** A program in C of 29 files, 11 of them members of an archive, and edits as they come up while it is developed. */

import { join } from "node:path";
import { ROOT } from "../command.js";
import type { Edit, Project } from "./project.js";
import { SourceTree } from "./source-tree.js";

const SOURCES = join(ROOT, "test/fixtures/projects/c");
/** Files that come later. */
const ADDED = SourceTree.read(join(ROOT, "test/fixtures/projects/c-added"), "c", []);

const MEMBERS = [
  "hashmap.c",
  "hash.c",
  "sort.c",
  "strbuf.c",
  "format.c",
  "matrix.c",
  "rng.c",
  "bitset.c",
  "units.c",
  "stats.c",
  "roman.c",
];

function makeTree(): SourceTree {
  const tree = SourceTree.read(SOURCES, "c", MEMBERS);
  for (const name of ["counters.c", "shared.c"]) tree.options.set(name, ["-fcommon"]);
  return tree;
}

/** A switch that makes a function some hundred bytes larger, and needs a jump table. */
const MANY_TICKS = Array.from(
  { length: 24 },
  (_, index) =>
    `    case ${index}: handled_sum += ${(index * 37) % 101}; queue[${index}].payload ^= ${index * 9}; break;
`,
).join("");

const EDITS: readonly Edit[] = [
  {
    title: "a constant in a function changes",
    apply: (tree) => tree.replace("events.c", "event->time + 7", "event->time + 9"),
  },
  {
    title: "a function grows a lot",
    apply: (tree) =>
      tree.replace(
        "events.c",
        "    handled_sum += event->payload;\n",
        `    switch (event->payload % 25) {
${MANY_TICKS}    default: handled_sum += event->payload;
    }
`,
      ),
  },
  {
    title: "the function shrinks to less than it was",
    apply(tree) {
      tree.cut("events.c", "    switch (event->payload", "    }");
      tree.replace(
        "events.c",
        "on_tick(struct event *event)\n{\n",
        "on_tick(struct event *event)\n{\n    handled_sum++;\n",
      );
      tree.replace("events.c", "push(event->time + 1, event->payload + 2, on_echo);", "");
    },
  },
  {
    title: "a member of the archive gets a function, which another file calls",
    apply(tree) {
      const declaration = "void strbuf_repeat(struct strbuf *buffer, char what, int times)";
      tree.replace("util.h", "void strbuf_free", `${declaration};\nvoid strbuf_free`);
      tree.append(
        "strbuf.c",
        `
${declaration}
{
    while (times-- > 0)
        strbuf_char(buffer, what);
}
`,
      );
      tree.replace(
        "json_print.c",
        'strbuf_format(out, "\\n%*s%c", indent, "", close);',
        "strbuf_char(out, '\\n');\n    strbuf_repeat(out, '.', indent);\n    strbuf_char(out, close);",
      );
    },
  },
  {
    title: "a function goes, and with it what calls it",
    apply(tree) {
      tree.replace("util.h", "int descending(int a, int b);\n", "");
      tree.replace("sort.c", "int descending(int a, int b) { return b - a; }\n", "");
      tree.replace("util_bench.c", "{ ascending, descending, by_digits }", "{ ascending, by_digits }");
      tree.replace("util_bench.c", '{ "up", "down", "digits" }', '{ "up", "digits" }');
      tree.replace("util_bench.c", "order < 3", "order < 2");
    },
  },
  {
    title: "a function changes in a file that has common symbols",
    apply: (tree) => tree.replace("counters.c", "count_in_shared(round * 3)", "count_in_shared(round * 5 + 1)"),
  },
  {
    title: "a function gets another name in all files",
    effect: "same",
    apply: (tree) => tree.replaceAll(["units.c", "util.h", "util_bench.c"], "convert_unit", "value_in_unit"),
  },
  {
    title: "a function gets another signature",
    apply(tree) {
      tree.replaceAll(["theme.h", "theme.c"], "theme_width(void)", "theme_width(int round)");
      tree.replace("theme.c", "return 24;", "return 24 + round * 3;");
      tree.replace("theme.c", "theme_width() + round", "theme_width(round)");
    },
  },
  {
    title: "a table of pointers to strings grows",
    apply: (tree) =>
      tree.replace(
        "words.c",
        '"header", "offset", "address",',
        '"header", "offset", "address", "loader", "entry", "note", "group", "comdat", "version", "padding",',
      ),
  },
  {
    title: "variables without contents grow, so that others move",
    apply: (tree) => tree.replaceAll(["stats.c"], "64", "6400"),
  },
  {
    title: "a table in read-only data grows",
    apply: (tree) =>
      tree.replace(
        "units.c",
        "{ \"K\", 't'",
        "{ \"t\", 'w', 1e6, times }, { \"lb\", 'w', 453.59237, times }, { \"K\", 't'",
      ),
  },
  {
    title: "thread-local variables come and grow, with contents and without",
    apply(tree) {
      tree.replace("session.c", "names[4][16]", "names[40][64]");
      tree.append("session.c", "\n__thread short session_flags[3] = { 1, 2, 3 };\n");
      tree.replace("session.h", "#endif", "extern __thread short session_flags[3];\n\n#endif");
      tree.replace("hooks.c", "order %s, depth %d\\n", "order %s, depth %d, flags %d\\n");
      tree.replace("hooks.c", "session_depth());", "session_depth(), session_flags[1]++ + session_flags[2]);");
    },
  },
  {
    title: "one of them goes again, another shrinks",
    apply(tree) {
      tree.replace("session.c", "names[40][64]", "names[4][24]");
      tree.replace("session.c", "\n__thread short session_flags[3] = { 1, 2, 3 };\n", "");
      tree.replace("session.h", "extern __thread short session_flags[3];\n", "");
      tree.replace("hooks.c", "order %s, depth %d, flags %d\\n", "order %s, depth: %d\\n");
      tree.replace("hooks.c", "session_depth(), session_flags[1]++ + session_flags[2]);", "session_depth());");
    },
  },
  {
    title: "a string changes its length",
    apply: (tree) => tree.replace("main.c", '"workbench 1.0"', '"workbench 1.1, the one with a longer name"'),
  },
  {
    title: "a static function is made global and used elsewhere",
    apply(tree) {
      tree.replace("sort.c", "static int digit_sum", "int digit_sum");
      tree.replace("util.h", "int by_digits", "int digit_sum(int value);\nint by_digits");
      tree.replace("words.c", "sum * 5 + sorted[i][0] * i", "sum * 5 + digit_sum(sorted[i][0] * i)");
    },
  },
  {
    title: "a new file overrides weak functions and a weak constant, and defines what was weakly undefined",
    apply: (tree) => tree.set("theme_dark.c", ADDED.text("theme_dark.c")),
  },
  { title: "nothing changes", effect: "unchanged", apply: () => {} },
  {
    title: "objects and the archive are written again, with the bytes they had",
    effect: "unchanged",
    apply(tree) {
      for (const name of ["vm.c", "main.c", "sort.c"]) tree.touched.add(name);
    },
  },
  {
    title: "one override goes, and the weak function is used again",
    apply: (tree) => tree.cut("theme_dark.c", "const char *theme_prefix"),
  },
  {
    title: "a function is called that does not exist",
    effect: { broken: "log_reset" },
    apply(tree) {
      tree.replace("log.h", "void log_totals(void);", "void log_totals(void);\nvoid log_reset(void);");
      tree.replace("main.c", "    show_commands();\n", "    show_commands();\n    log_reset();\n");
    },
  },
  {
    title: "the function is written",
    apply: (tree) =>
      tree.append(
        "log.c",
        `
void log_reset(void)
{
    for (int level = 0; level < 4; level++)
        totals[level] = 10;
}
`,
      ),
  },
  {
    title: "a new file has a command, and the table of commands grows",
    apply(tree) {
      tree.set("base64.c", ADDED.text("base64.c"));
      tree.replace("workbench.h", "int bench_lexer", "int bench_base64(int rounds);\nint bench_lexer");
      tree.replace(
        "commands.c",
        '    { "counters"',
        '    { "base64", bench_base64, "bytes as letters", 9 },\n    { "counters"',
      );
    },
  },
  {
    title: "a function is defined twice, in an object and in a member",
    effect: { broken: "hash_text" },
    apply: (tree) =>
      tree.append("log.c", "\nunsigned hash_text(const char *text)\n{\n    return text[0] + totals[0];\n}\n"),
  },
  {
    title: "one of the two gets another name, and is used",
    apply(tree) {
      tree.replace("log.c", "unsigned hash_text", "int log_mark");
      tree.replace(
        "log.h",
        "void log_reset(void);",
        `void log_reset(void);
int log_mark(const char *text);`,
      );
      tree.replace("main.c", "int sum = run_all_commands();", "int sum = run_all_commands() + log_mark(banner);");
    },
  },
  {
    title: "a file goes, and with it its command",
    apply(tree) {
      tree.remove("base64.c");
      tree.replace("workbench.h", "int bench_base64(int rounds);\n", "");
      tree.replace("commands.c", '    { "base64", bench_base64, "bytes as letters", 9 },\n', "");
    },
  },
  {
    title: "a member of the archive is needed for the first time",
    apply(tree) {
      tree.replace(
        "eval.c",
        "static const struct {",
        `static double f_roman(double a, double b) { return a + b * roman_value("MCMXCIV"); }

static const struct {`,
      );
      tree.replace("eval.c", '{ "mod", f_mod },', '{ "mod", f_mod }, { "pow", f_roman },');
    },
  },
  {
    title: "an object becomes a member of the archive",
    effect: "same",
    apply: (tree) => tree.moveToArchive("vm.c"),
  },
  {
    title: "a member of the archive becomes an object",
    effect: "same",
    apply: (tree) => tree.moveOutOfArchive("hash.c"),
  },
  {
    title: "an inline function in a header changes, which several files use",
    apply: (tree) => tree.replace("bits.h", "0x7feb352du;\n", "0x7feb352bu;\n    value += value << 3;\n"),
  },
  {
    title: "a function moves to another file",
    effect: "same",
    apply: (tree) => tree.append("json_print.c", `\n${tree.cut("json_value.c", "int json_depth")}`),
  },
  {
    title: "functions come that run before main and after it",
    apply(tree) {
      tree.replace("words.c", '#include "util.h"', '#include "hooks.h"\n#include "util.h"');
      tree.append(
        "words.c",
        "\n__attribute__((constructor(250))) static void words_early(void) { hooks_note('w'); }\n",
      );
      tree.append(
        "words.c",
        `__attribute__((constructor)) static void words_plain(void) { hooks_note('W'); }
`,
      );
      tree.append(
        "words.c",
        `__attribute__((destructor)) static void words_bye(void) { puts("no more words"); }
`,
      );
    },
  },
  {
    title: "functions of the C library are used that were not before",
    apply(tree) {
      tree.replace(
        "words.c",
        "#include <stdio.h>",
        "#include <regex.h>\n#include <search.h>\n#include <stdio.h>\n#include <wchar.h>",
      );
      tree.append(
        "words.c",
        `
int count_matches(const char *pattern)
{
    regex_t regex;
    int count = 0;
    hcreate(40);
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return -1;
    for (int i = 0; i < word_count; i++)
        if (regexec(&regex, words[i], 0, NULL, 0) == 0) {
            hsearch((ENTRY){ (char *)words[i], NULL }, ENTER);
            count++;
        }
    regfree(&regex);
    return count * 10 + (hsearch((ENTRY){ "offset", NULL }, FIND) != NULL);
}
`,
      );
      tree.replace(
        "words.h",
        "extern const int word_count;",
        "extern const int word_count;\nint count_matches(const char *pattern);",
      );
      tree.replace("main.c", '#include "workbench.h"', '#include "words.h"\n#include "workbench.h"');
      tree.replace(
        "main.c",
        "    show_commands();\n",
        '    show_commands();\n    printf("%d match\\n", count_matches("^[a-o]+s?[est]{2}$"));\n',
      );
    },
  },
  {
    title: "they are used no longer",
    apply(tree) {
      tree.cut("words.c", "int count_matches");
      tree.replace("words.c", "#include <regex.h>\n#include <search.h>\n", "");
      tree.replace("words.h", "int count_matches(const char *pattern);\n", "");
      tree.replace("main.c", '    printf("%d match\\n", count_matches("^[a-o]+s?[est]{2}$"));\n', "");
    },
  },
  {
    title: "a function comes whose code is chosen when the program starts",
    apply(tree) {
      tree.append(
        "bitset.c",
        `
static int count_plain(const struct bitset *set) { return bitset_count(set) + 1000; }
static int count_other(const struct bitset *set) { return bitset_count(set) + 2000; }
static int (*choose_count(void))(const struct bitset *) { return sizeof(long) == 8 ? count_other : count_plain; }
int bitset_chosen(const struct bitset *set) __attribute__((ifunc("choose_count")));
`,
      );
      tree.replace(
        "util.h",
        "double value_in_unit",
        "int bitset_chosen(const struct bitset *set);\n\ndouble value_in_unit",
      );
      tree.replace(
        "util_bench.c",
        'printf("%d bits',
        `int (*volatile chosen)(const struct bitset *) = bitset_chosen;
    printf("%d chosen\\n", bitset_chosen(&set) + chosen(&set));
    printf("%d bits`,
      );
    },
  },
  {
    title: "a section with a name of its own comes, in two files, and what loops over it",
    apply(tree) {
      tree.set("checks.h", ADDED.text("checks.h"));
      tree.set("checks.c", ADDED.text("checks.c"));
      tree.replace("rng.c", '#include "util.h"', '#include "checks.h"\n#include "util.h"');
      tree.append(
        "rng.c",
        `
CHECK(rng_repeats)
{
    struct rng a, b;
    rng_seed(&a, 4);
    rng_seed(&b, 4);
    return rng_next(&a) == rng_next(&b);
}
`,
      );
      tree.replace(
        "workbench.h",
        "void show_commands(void);",
        `void show_commands(void);
int run_checks(void);`,
      );
      tree.replace(
        "main.c",
        "    show_commands();\n",
        '    show_commands();\n    printf("%d checks\\n", run_checks());\n',
      );
    },
  },
  {
    title: "the section gets entries of more files",
    apply(tree) {
      for (const name of ["vm", "json_value", "hash"]) {
        tree.replace(`${name}.c`, '.h"\n\n', '.h"\n#include "checks.h"\n\n');
        tree.append(`${name}.c`, `\nCHECK(${name}_works)\n{\n    return ${name.length * 10};\n}\n`);
      }
    },
  },
  {
    title: "a common symbol gets a value in one of its files, another grows",
    apply(tree) {
      tree.replace("counters.h", "char shared_name[20];", "char shared_name[200];");
      tree.append("shared.c", "\nint shared_count = 500;\n");
    },
  },
  {
    title: "a jump table and the names beside it grow",
    apply(tree) {
      tree.replace(
        "lexer.h",
        "TOKEN_ERROR",
        "TOKEN_ERROR,\n    TOKEN_PERCENT, TOKEN_QUESTION, TOKEN_HASH, TOKEN_COLON",
      );
      tree.replace("lexer.c", '    "error",', '    "error", "percent", "question", "hash", "colon",');
      tree.replace(
        "lexer.c",
        "    default:\n",
        `    case '%': token.kind = TOKEN_PERCENT; break;
    case '?': token.kind = TOKEN_QUESTION; break;
    case '#': token.kind = TOKEN_HASH; break;
    case ':': token.kind = TOKEN_COLON; break;
    default:
`,
      );
    },
  },
  {
    title: "a function gets a second name, by which another file calls it",
    apply(tree) {
      const alias = "void strbuf_append(struct strbuf *buffer, const char *text)";
      tree.append("strbuf.c", `\n${alias} __attribute__((alias("strbuf_text")));\n`);
      tree.replace("util.h", "void strbuf_format", `${alias};\nvoid strbuf_format`);
      tree.replace(
        "format.c",
        "strbuf_text(out, i % columns",
        'strbuf_append(out, i % 2 ? "" : ".");\n        strbuf_text(out, i % columns',
      );
    },
  },
  {
    title: "the linker is given the objects in another order",
    apply: (tree) => tree.objects.reverse(),
  },
  {
    title: "everything goes back to what it was at first",
    apply: (tree) => tree.assign(makeTree()),
  },
];

export const C_PROJECT: Project = { name: "a C program", makeTree, edits: EDITS };
