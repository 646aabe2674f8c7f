/** The program whose code the tests of hot-swap replace, and patches for it. */

import type { HotPatch } from "./hot-swap.js";
import { extentOf } from "./programs.test.helper.js";

/**
 * Counts in its data and prints `COUNT VALUE`. Its first argument says where it spends its time: `print` in the loop
 * alone, `spin` in a function that computes, `wait` in one that waits for another, and so on, each until SIGUSR1.
 */
export const SOURCE = `
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#define OPAQUE __attribute__((noipa, aligned(32)))
volatile int leave; volatile long counter; volatile long spun;
static void on_signal(int n) { leave = 1; }
static void nap(void) { struct timespec t = { 0, 2000000 }; nanosleep(&t, 0); }
OPAQUE int value(void) { return 1; }
OPAQUE void spin(void) { while (!leave) spun++; }
OPAQUE void until_left(void) { while (!leave) nap(); }
OPAQUE int waiting(void) { until_left(); return 1; }
OPAQUE int one(void) { return 1; }
OPAQUE int seven(void) { return 7; }
/* The call's displacement lies behind the instruction at which the system call (34: pause) goes on. */
int pause_then_call(void); extern char displacement[];
__asm__(".pushsection .text\\n.type pause_then_call, @function\\npause_then_call: push %rbx\\nmov $34, %eax\\nsyscall\\n"
  ".byte 0xe8\\n.globl displacement\\ndisplacement: .long one - . - 4\\npop %rbx\\nret\\n.size pause_then_call, . - pause_then_call\\n"
/* The system call is the last instruction of waits_last, and what follows belongs to another function. */
  ".type waits_last, @function\\nwaits_last: mov $34, %eax\\nsyscall\\n.size waits_last, . - waits_last\\n"
  ".type after_last, @function\\nafter_last: mov $1, %eax\\nret\\n.size after_last, . - after_last\\n.popsection");
int waits_last(void);
static void *thread(void *with) { if (with) spin(); else until_left(); return 0; }
static void print(int value) { printf("%ld %d\\n", counter++, value); fflush(stdout); }
static void *printing(void *with) { for (;;) { print(value()); nap(); } }
static void *deep(void *with) { volatile char space[10 << 20]; space[0] = 1; until_left(); return with + space[0]; }
static void stay(int n) { print(100); for (;;) pause(); }
int main(int count, char **args) {
  const char *mode = count > 1 ? args[1] : "print";
  int (*volatile pointer)(void) = value;
  signal(SIGUSR1, on_signal);
  pthread_t other;
  printf("ready\\n"); fflush(stdout);
  if (!strcmp(mode, "spin")) spin();
  if (!strcmp(mode, "wait")) print(waiting());
  if (!strcmp(mode, "pause")) print(pause_then_call());
  if (!strcmp(mode, "last")) print(waits_last());
  if (!strcmp(mode, "threads")) for (int i = 0; i < 3; i++) pthread_create(&other, 0, thread, i == 1 ? "spin" : 0);
  if (!strcmp(mode, "leaderless")) { pthread_create(&other, 0, printing, 0); pthread_exit(0); }
  if (!strcmp(mode, "altstack")) {
    static char space[1 << 16]; stack_t stack = { .ss_sp = space, .ss_size = sizeof space };
    struct sigaction act = { .sa_handler = stay, .sa_flags = SA_ONSTACK };
    sigaltstack(&stack, 0); sigaction(SIGUSR2, &act, 0); raise(SIGUSR2);
  }
  if (!strcmp(mode, "deep")) {
    pthread_attr_t attributes; pthread_attr_init(&attributes); pthread_attr_setstacksize(&attributes, 16 << 20);
    pthread_create(&other, &attributes, deep, 0);
  }
  /* A page of this very file that the kernel lets nobody write to. */
  if (!strcmp(mode, "shared")) mmap((void *)0x70000000, 4096, PROT_READ, MAP_SHARED | MAP_FIXED, open(args[0], O_RDONLY), 0);
  /* Until the child of a vfork ends, no signal reaches its parent. */
  if (!strcmp(mode, "vfork") && !vfork()) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); printf("%d child\\n", getpid()); fflush(stdout); for (;;) nap();
  }
  pid_t traced = 0;
  if (!strcmp(mode, "traced") && (traced = fork())) {
    printf("%d child\\n", traced); fflush(stdout);
    for (int status; waitpid(traced, &status, 0) > 0 && !WIFEXITED(status) && !WIFSIGNALED(status);) ptrace(PTRACE_CONT, traced, 0, 0);
    return 0;
  }
  if (!strcmp(mode, "traced")) { prctl(PR_SET_PDEATHSIG, SIGKILL); ptrace(PTRACE_TRACEME, 0, 0, 0); }
  for (;;) { print(pointer()); nap(); }
}
`;

/** `mov eax, VALUE; ret`. */
export const returning = (value: number): Uint8Array => Uint8Array.of(0xb8, value, 0, 0, 0, 0xc3);

/** `symbol` becomes a function that returns `value`. */
export function patchOf(file: string, symbol: string, value = 7): HotPatch {
  const { address, size } = extentOf(file, symbol);
  return {
    code: [{ address, bytes: returning(value) }],
    replaced: [{ address, size, name: symbol }],
    unsafe: undefined,
  };
}
