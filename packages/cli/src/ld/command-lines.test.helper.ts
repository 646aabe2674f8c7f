/**
 * What compilers call the linker with: recorded by a script in its place (gcc and g++ 12, musl-gcc, clang and clang++ 14,
 * rustc 1.95 on Debian 12; of rustc most rlibs are left out). What says "from memory" was not recorded.
 */

const GCC = "/usr/lib/gcc/x86_64-linux-gnu/12";
const DEBIAN = `${GCC}/../../../x86_64-linux-gnu`;
const GCC_PATHS = `-L/tmp/B -L${GCC} -L${DEBIAN} -L${GCC}/../../../../lib -L/lib/x86_64-linux-gnu -L/lib/../lib
  -L/usr/lib/x86_64-linux-gnu -L/usr/lib/../lib -L${GCC}/../../..`;
const GCC_PLUGIN = `-plugin ${GCC}/liblto_plugin.so -plugin-opt=${GCC}/lto-wrapper
  -plugin-opt=-fresolution=/tmp/cc4owppV.res -plugin-opt=-pass-through=-lgcc -plugin-opt=-pass-through=-lgcc_eh
  -plugin-opt=-pass-through=-lc`;
const CLANG = "/usr/bin/../lib/gcc/x86_64-linux-gnu/12";
const CLANG_PATHS = `-L${CLANG} -L${CLANG}/../../../../lib64 -L/lib/x86_64-linux-gnu -L/lib/../lib64
  -L/usr/lib/x86_64-linux-gnu -L/usr/lib/../lib64 -L/lib -L/usr/lib`;
const GROUP = "--start-group -lgcc -lgcc_eh -lc --end-group";
const RUST = "/root/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/lib/rustlib/x86_64-unknown-linux-gnu/lib";
const RUST_LIBS = `--as-needed -Bstatic ${RUST}/libstd-d1237ef7159db0a2.rlib ${RUST}/libpanic_unwind-4be5972b22d3a6da.rlib
  -lutil -lrt -lpthread -lm -ldl -lc -lgcc_eh -lgcc -lc ${RUST}/libcore-120cbae4e86ec454.rlib
  ${RUST}/libcompiler_builtins-27cfc16bdf3bb694.rlib -Bdynamic --eh-frame-hdr -z noexecstack --gc-sections
  -z relro -z now`;
const MUSL = `${RUST}/self-contained`;

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const STATIC: Readonly<Record<string, readonly string[]>> = {
  "gcc -static": words(`${GCC_PLUGIN} --build-id -m elf_x86_64 --hash-style=gnu --as-needed -static
    ${DEBIAN}/crt1.o ${DEBIAN}/crti.o ${GCC}/crtbeginT.o ${GCC_PATHS} /tmp/cciQt0f0.o ${GROUP}
    ${GCC}/crtend.o ${DEBIAN}/crtn.o`),
  "g++ -static": words(`${GCC_PLUGIN} --build-id -m elf_x86_64 --hash-style=gnu --as-needed -static
    ${DEBIAN}/crt1.o ${DEBIAN}/crti.o ${GCC}/crtbeginT.o ${GCC_PATHS} /tmp/ccN7AHOu.o -lstdc++ -lm ${GROUP}
    ${GCC}/crtend.o ${DEBIAN}/crtn.o`),
  "musl-gcc -static": words(`${GCC_PLUGIN} -dynamic-linker /lib/ld-musl-x86_64.so.1 -nostdlib -static
    /usr/lib/x86_64-linux-musl/Scrt1.o /usr/lib/x86_64-linux-musl/crti.o ${GCC}/crtbeginS.o
    -L/usr/lib/x86_64-linux-musl -L /tmp/B/. /tmp/ccCI9Ll8.o --start-group ${GCC}/libgcc.a ${GCC}/libgcc_eh.a -lc
    --end-group ${GCC}/crtendS.o /usr/lib/x86_64-linux-musl/crtn.o`),
  "clang -static": words(`--hash-style=both --build-id --eh-frame-hdr -m elf_x86_64 -static -o a.out
    /lib/x86_64-linux-gnu/crt1.o /lib/x86_64-linux-gnu/crti.o ${CLANG}/crtbeginT.o ${CLANG_PATHS} /tmp/h-8b43e7.o
    ${GROUP} ${CLANG}/crtend.o /lib/x86_64-linux-gnu/crtn.o`),
  "clang++ -static": words(`--hash-style=both --build-id --eh-frame-hdr -m elf_x86_64 -static -o a.out
    /lib/x86_64-linux-gnu/crt1.o /lib/x86_64-linux-gnu/crti.o ${CLANG}/crtbeginT.o ${CLANG_PATHS} /tmp/h-6b3e6f.o
    -lstdc++ -lm ${GROUP} ${CLANG}/crtend.o /lib/x86_64-linux-gnu/crtn.o`),
  "rustc -C target-feature=+crt-static -C relocation-model=static": words(`-plugin ${GCC}/liblto_plugin.so
    -plugin-opt=${GCC}/lto-wrapper -plugin-opt=-fresolution=/tmp/ccVfGGDG.res --build-id -m elf_x86_64
    --hash-style=gnu --as-needed -static -o a.out ${DEBIAN}/crt1.o ${DEBIAN}/crti.o ${GCC}/crtbeginT.o
    -L/tmp/rustcYY8o0q/raw-dylibs -L${RUST} ${GCC_PATHS} /tmp/rustcYY8o0q/symbols.o
    a.h.fbdfbb88bc56c414-cgu.0.rcgu.o ${RUST_LIBS} --strip-all ${GCC}/crtend.o ${DEBIAN}/crtn.o`),
  "rustc --target x86_64-unknown-linux-musl -C relocation-model=static (from memory)": words(`--build-id
    -m elf_x86_64 --hash-style=gnu --as-needed -static -o app ${MUSL}/crt1.o ${MUSL}/crti.o ${MUSL}/crtbegin.o
    app.rcgu.o -L${RUST} -L${MUSL} -Bstatic ${RUST}/libstd.rlib --start-group -lgcc_eh -lgcc -lc --end-group
    --push-state --whole-archive libnative.a --pop-state -Bdynamic --eh-frame-hdr -z noexecstack -nostartfiles
    --gc-sections -z relro -z now -O1 --strip-debug --no-undefined-version ${MUSL}/crtend.o ${MUSL}/crtn.o`).filter(
    // The compiler's own option: gcc keeps it to itself.
    (word) => word !== "-nostartfiles",
  ),
};

export const STATIC_PIE: Readonly<Record<string, readonly string[]>> = {
  "gcc -static-pie": words(`${GCC_PLUGIN} --build-id --eh-frame-hdr -m elf_x86_64 --hash-style=gnu --as-needed -static
    -pie --no-dynamic-linker -z text -pie ${DEBIAN}/rcrt1.o ${DEBIAN}/crti.o ${GCC}/crtbeginS.o ${GCC_PATHS}
    /tmp/ccEt2g0j.o ${GROUP} ${GCC}/crtendS.o ${DEBIAN}/crtn.o`),
  "clang -static-pie": words(`-static -pie --no-dynamic-linker -z text --hash-style=both --build-id --eh-frame-hdr
    -m elf_x86_64 -o a.out /lib/x86_64-linux-gnu/rcrt1.o /lib/x86_64-linux-gnu/crti.o ${CLANG}/crtbeginS.o
    ${CLANG_PATHS} /tmp/h-3dc876.o ${GROUP} ${CLANG}/crtendS.o /lib/x86_64-linux-gnu/crtn.o`),
  "clang 18 -static-pie -flto (from memory)": words(`-static -pie --no-dynamic-linker -z text -z relro
    --hash-style=gnu --build-id --eh-frame-hdr -m elf_x86_64 -o a.out rcrt1.o crti.o crtbeginS.o ${CLANG_PATHS}
    -plugin /usr/lib/llvm-18/bin/../lib/LLVMgold.so -plugin-opt=mcpu=x86-64 -plugin-opt=O2 --lto-O2
    --export-dynamic --package-metadata={"type":"deb"} a.o ${GROUP} crtendS.o crtn.o`),
  "rustc -C target-feature=+crt-static": words(`-plugin ${GCC}/liblto_plugin.so -plugin-opt=${GCC}/lto-wrapper
    -plugin-opt=-fresolution=/tmp/ccvZwSHK.res --build-id --eh-frame-hdr -m elf_x86_64 --hash-style=gnu --as-needed
    -static -pie --no-dynamic-linker -z text -pie -o a.out ${DEBIAN}/rcrt1.o ${DEBIAN}/crti.o ${GCC}/crtbeginS.o
    -L/tmp/rustcJr2ElM/raw-dylibs -L${RUST} ${GCC_PATHS} /tmp/rustcJr2ElM/symbols.o
    a.h.fbdfbb88bc56c414-cgu.0.rcgu.o ${RUST_LIBS} ${GCC}/crtendS.o ${DEBIAN}/crtn.o`),
};

export const DYNAMIC: Readonly<Record<string, readonly string[]>> = {
  gcc: words(`${GCC_PLUGIN} --build-id --eh-frame-hdr -m elf_x86_64 --hash-style=gnu --as-needed
    -dynamic-linker /lib64/ld-linux-x86-64.so.2 -pie ${DEBIAN}/Scrt1.o ${DEBIAN}/crti.o ${GCC}/crtbeginS.o
    ${GCC_PATHS} /tmp/ccp2FdnZ.o -lgcc --push-state --as-needed -lgcc_s --pop-state -lc -lgcc --push-state
    --as-needed -lgcc_s --pop-state ${GCC}/crtendS.o ${DEBIAN}/crtn.o`),
};
