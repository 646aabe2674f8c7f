# The runtime of gunzip: all that zlib's inflate and a program around it need of an operating system and a C library.
# GNU as, Intel syntax, x86-64 Linux; functions follow the System V calling convention. `import.sh` makes
# runtime.ndjson of it. One section for each function and object, so that each becomes a declaration of its own.

.intel_syntax noprefix

.equ SYS_read, 0
.equ SYS_write, 1
.equ SYS_mmap, 9
.equ SYS_exit, 60
.equ SYS_arch_prctl, 158

.equ ARCH_SET_FS, 0x1002
.equ AT_RANDOM, 25
.equ CANARY, 0x28                  # where code built with -fstack-protector looks for its canary: fs:0x28

# struct z_stream (zlib.h)
.equ next_in, 0
.equ avail_in, 8
.equ next_out, 24
.equ avail_out, 32
.equ msg, 48
.equ sizeof_z_stream, 112

.equ Z_NO_FLUSH, 0
.equ Z_STREAM_END, 1
.equ Z_MEM_ERROR, -4
.equ Z_BUF_ERROR, -5
.equ GZIP_ONLY, 15 + 16            # windowBits: the largest window, and a gzip header instead of zlib's

.equ BUFFER, 65536
.equ CHUNK, 1 << 20                # what malloc asks the kernel for at least

# The entry, and what zlib calls. All else is local.
.globl _start, malloc, free, memcpy, memset, __stack_chk_fail

.macro function name
    .section .text.\name, "ax", @progbits
    .balign 16
    .type \name, @function
\name:
.endm

.macro end name
    .size \name, . - \name
.endm

.macro string name, text
    .section .rodata.\name, "a", @progbits
    .type \name, @object
\name:
    .asciz "\text"
    .size \name, . - \name
.endm

.macro zeros name, size, align
    .section .bss.\name, "aw", @nobits
    .balign \align
    .type \name, @object
\name:
    .zero \size
    .size \name, \size
.endm

# Entered by the kernel: argc at rsp.
function _start
    mov rdi, rsp
    call setThreadPointer
    call gunzip
    mov edi, eax
    mov eax, SYS_exit
    syscall
end _start

# Gives fs a block with the canary that zlib's functions check: the kernel's random bytes, the lowest zero.
# rdi: the initial stack, at argc.
function setThreadPointer
    mov rsi, [rdi]
    lea rsi, [rdi + rsi*8 + 16]    # the environment, after argv and its null
1:  lodsq
    test rax, rax
    jnz 1b
2:  lodsq                          # the auxiliary vector: pairs of type and value
    mov rcx, rax
    lodsq
    test ecx, ecx
    jz 3f
    cmp ecx, AT_RANDOM
    jne 2b
    mov rax, [rax]
    xor al, al
    mov [rip + thread + CANARY], rax
3:  lea rsi, [rip + thread]
    mov [rsi], rsi
    mov edi, ARCH_SET_FS
    mov eax, SYS_arch_prctl
    syscall
    ret
end setThreadPointer

# Decompresses standard input to standard output; returns the exit code.
# rbx: the z_stream.
function gunzip
    push rbx
    lea rbx, [rip + stream]
    call fill
    cmp dword ptr [rbx + avail_in], 0
    je .Ltruncated
    cmp dword ptr [rbx + avail_in], 2
    jb .Lforeign
    cmp word ptr [rip + input], 0x8b1f
    jne .Lforeign
    mov rdi, rbx
    mov esi, GZIP_ONLY
    lea rdx, [rip + zlibVersion]
    mov ecx, sizeof_z_stream
    call inflateInit2_
    test eax, eax
    jnz .Lfailed

.Lmore:
    call fill
    lea rax, [rip + output]
    mov [rbx + next_out], rax
    mov dword ptr [rbx + avail_out], BUFFER
    mov rdi, rbx
    mov esi, Z_NO_FLUSH
    call inflate
    mov [rip + status], eax
    mov edi, 1
    lea rsi, [rip + output]
    mov edx, BUFFER
    sub edx, [rbx + avail_out]
    call writeAll
    test eax, eax
    jnz .LcannotWrite
    mov eax, [rip + status]
    test eax, eax
    jz .Lmore
    cmp eax, Z_STREAM_END
    jne .Lfailed

.Lafter:                           # what may follow: another member, or zeros
    call fill
    cmp dword ptr [rbx + avail_in], 0
    je .Ldone
    mov rax, [rbx + next_in]
    cmp byte ptr [rax], 0x1f
    je .Lanother
    cmp byte ptr [rax], 0
    jne .Lgarbage
    inc qword ptr [rbx + next_in]
    dec dword ptr [rbx + avail_in]
    jmp .Lafter
.Lanother:
    mov rdi, rbx
    call inflateReset
    jmp .Lmore

.Ldone:
    mov rdi, rbx
    call inflateEnd
    xor eax, eax
    pop rbx
    ret

.Lfailed:                          # eax: what zlib returned
    lea rdi, [rip + outOfMemory]
    cmp eax, Z_MEM_ERROR
    je .Lreport
    cmp eax, Z_BUF_ERROR
    je .Ltruncated
    mov rdi, [rbx + msg]
    test rdi, rdi
    jnz .Lreport
    lea rdi, [rip + invalid]
    jmp .Lreport
.Ltruncated:
    lea rdi, [rip + unexpectedEnd]
    jmp .Lreport
.Lforeign:
    lea rdi, [rip + notGzip]
    jmp .Lreport
.LcannotWrite:
    lea rdi, [rip + writeError]
.Lreport:
    call report
    mov eax, 1
    pop rbx
    ret
.Lgarbage:                         # as gzip does: the data is good, and the exit code a warning
    lea rdi, [rip + trailingGarbage]
    call report
    mov eax, 2
    pop rbx
    ret
end gunzip

# Where the z_stream at rbx has no input, reads until the buffer is full or the input ends. An error of read counts
# as the end, which makes the data incomplete.
function fill
    cmp dword ptr [rbx + avail_in], 0
    jne 3f
    lea rsi, [rip + input]
    mov [rbx + next_in], rsi
    mov edx, BUFFER
1:  xor edi, edi
    xor eax, eax                   # SYS_read
    syscall
    test rax, rax
    jle 2f
    add rsi, rax
    sub edx, eax
    jnz 1b
2:  mov eax, BUFFER
    sub eax, edx
    mov [rbx + avail_in], eax
3:  ret
end fill

# edi: file descriptor, rsi: bytes, edx: how many. Returns 0, or the kernel's negative error.
function writeAll
1:  test edx, edx
    jz 2f
    mov eax, SYS_write
    syscall
    test rax, rax
    js 3f
    add rsi, rax
    sub edx, eax
    jmp 1b
2:  xor eax, eax
3:  ret
end writeAll

# Writes the message at rdi to standard error, with the program's name before it and a line end after it.
function report
    push rbx
    mov rbx, rdi
    lea rdi, [rip + programName]
    call writeText
    mov rdi, rbx
    call writeText
    lea rdi, [rip + lineEnd]
    call writeText
    pop rbx
    ret
end report

# Writes the text at rdi, which a zero ends, to standard error.
function writeText
    mov rsi, rdi
    xor edx, edx
1:  cmp byte ptr [rsi + rdx], 0
    je 2f
    inc edx
    jmp 1b
2:  mov edi, 2
    jmp writeAll
end writeText

# void *malloc(size_t): takes from a chunk of memory, and another chunk of the kernel where that does not suffice.
function malloc
    add rdi, 15
    jc 3f
    and rdi, -16
    mov rax, [rip + chunkAt]
    mov rcx, [rip + chunkEnd]
    sub rcx, rax
    cmp rdi, rcx
    ja 1f
    add rdi, rax
    mov [rip + chunkAt], rdi
    ret
1:  push rdi
    mov rsi, CHUNK
    cmp rdi, rsi
    cmova rsi, rdi
    xor edi, edi
    mov edx, 3                     # PROT_READ | PROT_WRITE
    mov r10d, 0x22                 # MAP_PRIVATE | MAP_ANONYMOUS
    mov r8, -1
    xor r9d, r9d
    mov eax, SYS_mmap
    syscall
    pop rdi
    cmp rax, -4096
    ja 3f
    add rsi, rax
    mov [rip + chunkEnd], rsi
    add rdi, rax
    mov [rip + chunkAt], rdi
    ret
3:  xor eax, eax
    ret
end malloc

# void free(void *): a program that runs so briefly leaves that to its end.
function free
    ret
end free

# void *memcpy(void *, const void *, size_t)
function memcpy
    mov rax, rdi
    mov rcx, rdx
    rep movsb
    ret
end memcpy

# void *memset(void *, int, size_t)
function memset
    mov r8, rdi
    mov eax, esi
    mov rcx, rdx
    rep stosb
    mov rax, r8
    ret
end memset

# Called by code built with -fstack-protector whose canary has changed.
function __stack_chk_fail
    lea rdi, [rip + stackSmashed]
    call report
    mov edi, 127
    mov eax, SYS_exit
    syscall
end __stack_chk_fail

string programName, "gunzip: "
string lineEnd, "\n"
string notGzip, "not in gzip format"
string unexpectedEnd, "unexpected end of file"
string invalid, "invalid compressed data"
string outOfMemory, "out of memory"
string writeError, "cannot write"
string trailingGarbage, "trailing garbage ignored"
string stackSmashed, "stack smashed"
string zlibVersion, "1"            # zlib compares the first character

zeros stream, sizeof_z_stream, 8
zeros thread, 64, 16
zeros chunkAt, 8, 8
zeros chunkEnd, 8, 8
zeros status, 4, 4
zeros input, BUFFER, 4096
zeros output, BUFFER, 4096

.section .note.GNU-stack, "", @progbits
