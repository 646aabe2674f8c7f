/** The files of a generated program that no edit touches, but for the seed of the header's inline functions. */

import { hash } from "../program-model/hash.js";

export const CALLS = [
  "(unsigned)strlen(word(x))",
  "(unsigned)strtol(word(x), NULL, 36)",
  "(unsigned)lround(sqrt(x % 1000))",
  "(unsigned)(lgamma(x % 9 + 1.5) * 10)",
  "(unsigned)(erf(x % 3 + 0.25) * 1000)",
  "(unsigned)strspn(word(x), word(x / 8))",
  "(unsigned)strverscmp(word(x), word(x / 8)) & 1",
  '(unsigned)fnmatch("*a?", word(x), 0)',
  "(unsigned)toupper((int)(x % 128))",
  "(unsigned)wcslen(wide(x))",
  "(unsigned)wcstoul(wide(x), NULL, 30)",
  '(unsigned)inet_addr(x % 2 ? "1.2.3.4" : "9.8.7.6")',
  "(unsigned)a64l(word(x))",
  "(unsigned)ffs((int)x)",
  "(unsigned)div((int)(x % 1000), 7).rem",
  "(unsigned)nrand48((unsigned short[]){ 1, 2, (unsigned short)x })",
  "sorted(x)",
  "printed(x)",
  "(unsigned)(strtod(word(x), NULL) * 3)",
  "(unsigned)strcasecmp(word(x), word(x / 8)) & 1",
  "(unsigned)(memrchr(word(x), 'a', 2) == NULL)",
] as const;

const CXX_CALLS = [
  "(unsigned)std::to_string(x).size()",
  "(unsigned)std::stoul(std::to_string(x % 1000), nullptr, 16)",
  "(unsigned)std::string(word(x)).find('a')",
  "(unsigned)std::map<unsigned, int>{ { x, 1 }, { 5, 2 } }.size()",
  "std::vector<unsigned>(x % 50 + 1, x).back()",
  "(unsigned)std::filesystem::path(word(x)).is_absolute()",
  "made(x)->turn(x)",
  "mix_in<3>(x)",
  "mix_in<8>(x)",
  "caught<1>(x)",
  "caught<2>(x)",
  "caught<3>(x)",
] as const;

export const ALL_CXX_CALLS: readonly string[] = [
  ...CALLS.filter((call) => !call.includes("unsigned short[]")),
  ...CXX_CALLS,
  ...CXX_CALLS,
];

const HEADER = `#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <ctype.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

typedef unsigned function(unsigned);

struct entry {
    const char *name;
    function *call;
};

struct module {
    const char *name;
    const struct entry *entries;
    int count;
    unsigned (*state)(void);
};

extern int fuel;
void note(unsigned mark);
unsigned fold(const void *bytes, unsigned length);
const char *word(unsigned x);
const wchar_t *wide(unsigned x);
unsigned sorted(unsigned x);
unsigned printed(unsigned x);
`;

const BASE = `#include "base.h"

/* With a value, so that it is no common symbol. */
int fuel = 0;
static unsigned marks;

void note(unsigned mark) { marks = marks * 31 + mark; }

unsigned fold(const void *bytes, unsigned length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    unsigned sum = 7;
    while (length-- > 0)
        sum = sum * 33 + *at++;
    return sum;
}

const char *word(unsigned x)
{
    static const char *const words[] = { "a12", "1a2b", "aab", "Aab", "/z/a", "9", "abcabc", "" };
    return words[x % 8];
}

const wchar_t *wide(unsigned x) { return x % 2 ? L"wide" : L"12"; }

static int compare(const void *a, const void *b)
{
    unsigned left = *(const unsigned *)a, right = *(const unsigned *)b;
    return left < right ? -1 : left > right;
}

unsigned sorted(unsigned x)
{
    unsigned values[] = { x, x * 7, 9, x ^ 5, 1000 };
    qsort(values, 5, sizeof values[0], compare);
    return values[2];
}

unsigned printed(unsigned x)
{
    char text[32];
    snprintf(text, sizeof text, "%08x", x);
    return fold(text, 8);
}

unsigned marked(void) { return marks; }
`;

const CXX_HEADER = `#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

struct Turner {
    virtual ~Turner();
    virtual unsigned turn(unsigned x) = 0;
};

Turner *made(unsigned x);

struct Problem : std::runtime_error {
    using std::runtime_error::runtime_error;
    virtual unsigned value() const { return 5; }
};

template <unsigned N>
struct Special : Problem {
    Special() : Problem("special " + std::to_string(N)) {}
    unsigned value() const override { return N * 3; }
};

template <unsigned N>
unsigned caught(unsigned x)
{
    static unsigned count = N;
    try {
        if (++count % 4 == 0)
            throw Special<N>();
    } catch (const Problem &problem) {
        return problem.value() + count;
    }
    if (x % 11 == N)
        throw Special<N>();
    return count;
}
`;

const CXX_BASE = `
Turner::~Turner() = default;

namespace {
struct Left : Turner {
    unsigned turn(unsigned x) override { return x << 3 | x >> 29; }
} left;

struct Right : Turner {
    unsigned turn(unsigned x) override { return x >> 5 | x << 27; }
} right;
}

Turner *made(unsigned x) { return x % 2 ? static_cast<Turner *>(&left) : &right; }
`;

export function headerText(cxx: boolean, seed: number): string {
  const constant = (index: number): string => `${hash(seed, index) | 1}u`;
  const inline = cxx ? "inline" : "static inline";
  const attribute = "__attribute__((noinline))";
  const functions = [1, 2, 3].map(
    (index) =>
      `${inline} ${attribute} unsigned mixed_${index}(unsigned x)
{
    return (x ^ x >> ${index * 3}) * ${constant(index)};
}
`,
  );
  const template = cxx
    ? `\ntemplate <unsigned N>\nunsigned ${attribute} mix_in(unsigned x) { return x * N + ${constant(9)}; }\n`
    : "";
  return `#pragma once\n${HEADER}${cxx ? CXX_HEADER : ""}\n${functions.join("")}${template}`;
}

export function baseText(cxx: boolean): string {
  return `${BASE}${cxx ? CXX_BASE : ""}`;
}

export function mainText(cxx: boolean, modules: readonly string[]): string {
  const call = cxx
    ? `unsigned result = 0;
            try {
                result = entry->call(i * 77u + j);
            } catch (const Problem &problem) {
                printf("%s: ", problem.what());
                result = problem.value();
            }`
    : "unsigned result = entry->call(i * 77u + j);";
  return `#include "base.h"

unsigned marked(void);
${modules.map((name) => `extern const struct module ${name};\n`).join("")}
static const struct module *const modules[] = { ${[...modules.map((name) => `&${name}`), "NULL"].join(", ")} };

int main(void)
{
    unsigned sum = 0;
    printf("marks %u\\n", marked());
    for (int i = 0; modules[i] != NULL; i++) {
        for (int j = 0; j < modules[i]->count; j++) {
            const struct entry *entry = &modules[i]->entries[j];
            fuel = 150;
            ${call}
            printf("%s %s %u\\n", modules[i]->name, entry->name, result);
            sum = sum * 31 + result;
        }
        printf("%s state %u\\n", modules[i]->name, modules[i]->state());
    }
    printf("sum %u\\n", sum);
    return (int)(sum % 64);
}
`;
}
