/** A program in C++ of 28 files, 6 of them members of an archive, and edits as they come up while it is developed. */

import { join } from "node:path";
import { ROOT } from "../command.js";
import type { Edit, Project } from "./project.js";
import { SourceTree } from "./source-tree.js";

const SOURCES = join(ROOT, "test/fixtures/projects/cxx");
/** Files that come later. */
const ADDED = SourceTree.read(join(ROOT, "test/fixtures/projects/cxx-added"), "cxx", []);

const MEMBERS = ["text.cpp", "numbers.cpp", "units.cpp", "graph.cpp", "inventory.cpp", "unused.cpp"];

const makeTree = (): SourceTree => SourceTree.read(SOURCES, "cxx", MEMBERS);

/** Statements that make a function some kilobytes larger, with strings of their own. */
const LONG_DESCRIPTION = Array.from(
  { length: 40 },
  (_, index) =>
    `    if (corners() % ${index + 2} == ${index % 3})
        parts.push_back("by ${index + 2}: " + text::fixed(area() / ${index + 2}, ${index % 4}));
`,
).join("");

const EDITS: readonly Edit[] = [
  {
    title: "a constant in a lambda changes",
    apply: (tree) => tree.replace("events_scene.cpp", "factor = 3", "factor = 5"),
  },
  {
    title: "a virtual function grows a lot",
    apply: (tree) => tree.replace("group.cpp", '    return name() + "("', `${LONG_DESCRIPTION}    return name() + "("`),
  },
  {
    title: "the function shrinks to less than it was",
    apply(tree) {
      tree.cut("group.cpp", "std::string Group::describe");
      tree.append("group.cpp", '\nstd::string Group::describe() const\n{\n    return name() + "()";\n}\n');
    },
  },
  {
    title: "a member of the archive gets a function, which another file calls",
    apply(tree) {
      const declaration = "std::string center(const std::string &whole, std::size_t width)";
      tree.replace("text.hpp", "std::string upper", `${declaration};\nstd::string upper`);
      tree.replace(
        "text.cpp",
        "std::string upper",
        `${declaration}
{
    if (whole.size() >= width)
        return whole;
    return std::string((width - whole.size()) / 2, '_') + whole;
}

std::string upper`,
      );
      tree.replace("graph_scene.cpp", "text::upper(order)", "text::center(text::upper(order), 60)");
    },
  },
  {
    title: "a function goes, and with it what calls it",
    apply(tree) {
      tree.replace("text.hpp", "std::string quote(const std::string &whole);\n", "");
      tree.cut("text.cpp", "std::string quote");
      tree.replace(
        "graph_scene.cpp",
        "text::quote(text::center(text::upper(order), 60))",
        "text::center(text::upper(order), 60)",
      );
    },
  },
  {
    title: "a function gets another name in all files",
    effect: "same",
    apply: (tree) =>
      tree.replaceAll(
        ["shape.hpp", "factory.cpp", "shapes_scene.cpp", "inspect.cpp"],
        "make_shape",
        "create_shape_by_name",
      ),
  },
  {
    title: "a function gets another signature",
    apply(tree) {
      tree.replaceAll(["units.hpp", "units.cpp"], "const std::string &to)", "const char *to, int digits)");
      tree.replace("units.cpp", "find(to).factor;", "find(to).factor / digits;");
      tree.replace("units_scene.cpp", '"km", "yd")', '"km", "yd", 2)');
      tree.replace("units_scene.cpp", '"parsec", "m")', '"parsec", "m", 1)');
    },
  },
  {
    title: "a base class gets one more virtual function, and the vtables of many files grow",
    apply(tree) {
      tree.replace(
        "shape.hpp",
        "    virtual int corners() const",
        "    virtual double perimeter() const { return corners() * 1.5; }\n    virtual int corners() const",
      );
      tree.replace(
        "shape.hpp",
        "    int corners() const override { return 4; }",
        "    double perimeter() const override;\n    int corners() const override { return 4; }",
      );
      tree.append("rect.cpp", "\ndouble Rect::perimeter() const\n{\n    return 2 * (width_ + height_);\n}\n");
      tree.replace(
        "inspect.cpp",
        "            sum = sum * 2",
        '            std::printf("%.2f around\\n", shape->perimeter());\n            sum = sum * 2',
      );
    },
  },
  {
    title: "a class overrides what it inherited",
    apply(tree) {
      tree.replace(
        "shape.hpp",
        "explicit Circle(double radius) : radius_(radius) {}",
        "explicit Circle(double radius) : radius_(radius) {}\n    double perimeter() const override;",
      );
      tree.append("circle.cpp", "\ndouble Circle::perimeter() const\n{\n    return 2 * pi * radius_;\n}\n");
    },
  },
  {
    title: "a template is used with other types",
    apply(tree) {
      tree.replace(
        "numbers_scene.cpp",
        '#include "numbers.hpp"',
        '#include <string>\n#include "cache.hpp"\n#include "numbers.hpp"',
      );
      tree.replace(
        "numbers_scene.cpp",
        "        long primes = 0;",
        "        long primes = 0;\n        Cache<long, std::string> words(5);",
      );
      tree.replace(
        "numbers_scene.cpp",
        "            stats.add(value);\n",
        `            stats.add(value);
            std::string word;
            if (!words.find(value % 7, word))
                words.put(value % 7, "w");
`,
      );
      tree.replace("numbers_scene.cpp", "return primes * 1000", "return words.score() + primes * 1000");
    },
  },
  {
    title: "a second file uses a template as the first does",
    apply(tree) {
      tree.replace("graph_scene.cpp", '#include "graph.hpp"', '#include "cache.hpp"\n#include "graph.hpp"');
      tree.replace(
        "graph_scene.cpp",
        "        return static_cast<long>(order.size());",
        `        Cache<int, long> sizes(2);
        for (char letter : order) {
            long size = 0;
            if (!sizes.find(letter, size))
                sizes.put(letter, letter);
        }
        return static_cast<long>(order.size()) + sizes.score();`,
      );
    },
  },
  {
    title: "the first file, whose copy was linked, uses it no longer",
    effect: "same",
    apply: (tree) => tree.replace("cache_scene.cpp", "Cache<int, long>", "Cache<long, long>"),
  },
  {
    title: "a template changes, which several files use",
    apply: (tree) => tree.replace("cache.hpp", "hits_ * 100 - misses_", "hits_ * 100 - misses_ * 7 + clock_ % 5"),
  },
  {
    title: "an inline function in a header changes",
    apply: (tree) => tree.replace("clamp.hpp", "wrapped + limit : wrapped;", "wrapped + limit + 1 : wrapped;"),
  },
  {
    title: "an inline variable gets another value",
    apply: (tree) => tree.replace("counter.hpp", "inline int made = 0;", "inline int made = 1000;"),
  },
  {
    title: "an exception type comes, and is thrown over files",
    apply(tree) {
      tree.append(
        "errors.hpp",
        `
class EmptyError : public RangeError {
public:
    explicit EmptyError(const std::string &what) : RangeError("empty: " + what) {}
    ~EmptyError() override;
    int code() const override { return 99; }
};
`,
      );
      tree.append("errors.cpp", "\nEmptyError::~EmptyError() = default;\n");
      tree.replace("inventory.cpp", 'throw StudioError("no " + item);', "throw EmptyError(item);");
    },
  },
  {
    title: "a function catches what it did not",
    apply(tree) {
      tree.replace(
        "graph.cpp",
        "    for (const std::string &next : edges_.at(node))\n        visit(next, done, order);\n",
        `    try {
        for (const std::string &next : edges_.at(node))
            visit(next, done, order);
        if (order.size() == 2)
            throw EmptyError(node);
    } catch (const RangeError &error) {
        order.push_back(std::string("<") + error.what() + ">");
    }
`,
      );
      tree.replace("graph.cpp", '#include "graph.hpp"', '#include "graph.hpp"\n#include "errors.hpp"');
    },
  },
  { title: "nothing changes", effect: "unchanged", apply: () => {} },
  {
    title: "objects and the archive are written again, with the bytes they had",
    effect: "unchanged",
    apply(tree) {
      for (const name of ["main.cpp", "tls.cpp", "text.cpp"]) tree.touched.add(name);
    },
  },
  {
    title: "a file gets a second static initialiser",
    apply: (tree) =>
      tree.append(
        "rect.cpp",
        `
#include "scene.hpp"

namespace {
struct CornersScene : Scene {
    CornersScene() : Scene("corners", 11) {}
    long run() override { return create_shape_by_name("rect", 3)->corners(); }
} scene;
}
`,
      ),
  },
  {
    title: "a virtual function is declared and not defined",
    effect: { broken: "Events" },
    apply(tree) {
      tree.replace(
        "events.hpp",
        "    int fire(",
        "    virtual ~Events() = default;\n    virtual void off(const std::string &name);\n    int fire(",
      );
    },
  },
  {
    title: "the virtual function is defined",
    apply(tree) {
      tree.append(
        "events.cpp",
        `
void Events::off(const std::string &name)
{
    for (auto &[own, handler] : handlers_)
        if (own == name)
            own = "";
}
`,
      );
      tree.replace(
        "events_scene.cpp",
        '        called += events.fire("none", 1);',
        '        events.off("add");\n        called += events.fire("", 1);',
      );
    },
  },
  {
    title: "a new file uses new templates, one of them instantiated for other files",
    apply(tree) {
      for (const name of ["queue.hpp", "queue_scene.cpp"]) tree.set(name, ADDED.text(name));
    },
  },
  {
    title: "another file uses what the new file instantiates",
    apply(tree) {
      tree.replace("events_scene.cpp", '#include "scene.hpp"', '#include "queue.hpp"\n#include "scene.hpp"');
      tree.replace(
        "events_scene.cpp",
        "        return sum + called;",
        `        Queue<int> queue;
        for (int value : { 5, 3, 9, called })
            queue.push(value);
        return sum + called + queue.pop();`,
      );
    },
  },
  {
    title: "a header defines a function that is not inline",
    effect: { broken: "middle" },
    apply(tree) {
      tree.append("clamp.hpp", "\nint middle(int low, int high)\n{\n    return (low + high) / 2;\n}\n");
      tree.replace("numbers.cpp", "    return mean_;\n", "    return mean_ + middle(3, 9);\n");
    },
  },
  {
    title: "the function is made inline",
    apply: (tree) => tree.replace("clamp.hpp", "int middle", "inline int __attribute__((noinline)) middle"),
  },
  {
    title: "a member of the archive is needed for the first time, and its initialiser runs",
    apply(tree) {
      tree.replace("logger.cpp", "#include <iostream>", '#include <iostream>\n#include "unused.hpp"');
      tree.replace(
        "logger.cpp",
        "    lines_.push_back(line);",
        "    lines_.push_back(line + std::to_string(sum_list(9)));",
      );
    },
  },
  {
    title: "parts of the C++ library are used that were not before",
    apply(tree) {
      tree.replace(
        "inventory.cpp",
        "#include <sstream>",
        `#include <chrono>
#include <filesystem>
#include <iomanip>
#include <memory_resource>
#include <sstream>`,
      );
      tree.replace(
        "inventory.cpp",
        "    return out.str();",
        `    std::pmr::monotonic_buffer_resource memory;
    std::pmr::vector<int> counts(&memory);
    for (const auto &[item, count] : items_)
        counts.push_back(count);
    std::filesystem::path path = std::filesystem::path("/store") / items_.begin()->first / "." / "..";
    out << path.lexically_normal() << std::setw(9) << std::hex << std::put_money(1234.0 * counts.size());
    return out.str();`,
      );
    },
  },
  {
    title: "they are used no longer",
    apply(tree) {
      tree.cut("inventory.cpp", "    std::pmr::monotonic", "    return out.str();");
      tree.replace(
        "inventory.cpp",
        "#include <chrono>\n#include <filesystem>\n#include <iomanip>\n#include <memory_resource>\n",
        "",
      );
      tree.replace(
        "inventory.cpp",
        "count << ' ' << item << \", \";\n",
        "count << ' ' << item << \", \";\n    return out.str();\n",
      );
    },
  },
  {
    title: "a file goes",
    apply: (tree) => tree.remove("numbers_scene.cpp"),
  },
  {
    title: "an object becomes a member of the archive",
    effect: "same",
    apply: (tree) => tree.moveToArchive("expression.cpp"),
  },
  {
    title: "a member of the archive becomes an object",
    effect: "same",
    apply: (tree) => tree.moveOutOfArchive("numbers.cpp"),
  },
  {
    title: "thread-local variables come, with a constructor and a destructor",
    apply(tree) {
      tree.replace(
        "tls.cpp",
        "thread_local long calls;",
        `thread_local long calls;
thread_local short history[300] = { 7, 8, 9 };
thread_local struct Last {
    int value = 60;
    ~Last() { std::printf("last %d\\n", value + history[1]); }
} last;`,
      );
      tree.replace("tls.cpp", "#include <thread>", "#include <cstdio>\n#include <thread>");
      tree.replace("tls.cpp", "    ++calls;", "    history[++calls] += static_cast<short>(++last.value);");
    },
  },
  {
    title: "a thread-local variable that other files see gets another value",
    apply: (tree) => tree.replace("tls.cpp", "int thread_base = 40;", "int thread_base = 77;"),
  },
  {
    title: "type information is asked for that was not",
    apply: (tree) =>
      tree.replace(
        "inspect.cpp",
        "            sum = sum * 2",
        `            if (const auto *circle = dynamic_cast<const Circle *>(shape.get()))
                std::printf("%s\\n", circle->describe().c_str());
            sum = sum * 2`,
      ),
  },
  {
    title: "the key function of a class moves to another file, and the vtable with it",
    effect: "same",
    apply(tree) {
      tree.replace("shape.cpp", "Named::~Named() = default;\n", "");
      tree.append("circle.cpp", "\nNamed::~Named() = default;\n");
    },
  },
  {
    title: "a member function moves to the header, so that every file has a copy",
    effect: "same",
    apply(tree) {
      tree.cut("rect.cpp", "double Rect::area");
      tree.replace(
        "shape.hpp",
        `    Rect(double width, double height) : width_(width), height_(height) {}
    double area() const override;`,
        `    Rect(double width, double height) : width_(width), height_(height) {}
    double area() const override { return width_ * height_; }`,
      );
    },
  },
  {
    title: "a string changes its length",
    apply: (tree) =>
      tree.replace(
        "parser.cpp",
        '"a number is missing"',
        '"where a number should be there is none, which nobody expected"',
      ),
  },
  {
    title: "handlers come, with state of their own",
    apply(tree) {
      tree.replace(
        "events_scene.cpp",
        "        int called = 0;\n",
        `        std::string trace;
        events.on("scale", [&trace, prefix = std::string("<")](int value) { trace += prefix + std::to_string(value); });
        events.on("scale", [&trace, this](int) { trace += name(); });
        int called = 0;
`,
      );
      tree.replace(
        "events_scene.cpp",
        "        return sum",
        '        std::printf("%s\\n", trace.c_str());\n        return sum',
      );
    },
  },
  {
    title: "the linker is given the objects in another order, in which the initialisers run",
    apply: (tree) => tree.objects.reverse(),
  },
  {
    title: "everything goes back to what it was at first",
    apply: (tree) => tree.assign(makeTree()),
  },
];

export const CXX_PROJECT: Project = { name: "a C++ program", makeTree, edits: EDITS };
