/** General-purpose instructions (Intel SDM volume 2; order of forms after binutils' `i386-opc.tbl`). */
export const INTEGER_FORMS = `
# Moves
mov      rm,r           88 /r w
mov      r,mv           8A /r w
mov      moffs,acc      A2 mo w
mov      acc,moffs      A0 mo w
mov      r,imm          B0 +r ib s1
mov      r,imm          B8 +r iz s2 s4
mov      rm,imm         C6 /0 iz w
mov      r,imm64        B8 +r iv s8
mov      r,sreg         8C /mr s2 s4
mov      r64,sreg       8C /mr
mov      m16,sreg       8C /mr
mov      sreg,r16       8E /r
mov      sreg,r3264     8E /r
mov      sreg,m16       8E /r
mov      r64,cr         0F 20 /mr
mov      cr,r64         0F 22 /r
mov      r64,dr         0F 21 /mr
mov      dr,r64         0F 23 /r
movabs   moffs,acc      A2 mo w
movabs   acc,moffs      A0 mo w
movabs   r,imm64        B8 +r iv s8
movzx    r,rm8          0F B6 /r explicit
movzx    r,rm16         0F B7 /r
movsx    r,rm8          0F BE /r explicit
movsx    r,rm16         0F BF /r
movsx    r,rm32         63 /r s4 s8
movsxd   r,rm32         63 /r s4 s8
movbe    r,mv           0F38 F0 /r
movbe    mv,r           0F38 F1 /r
movnti   mv,r           0F C3 /r s4 s8
lea      r,m            8D /r
xchg     acc,acc        87 /r s4
xchg     acc,acc        90 s8 noprefix
xchg     r,acc          90 +r
xchg     acc,r          90 +r2
xchg     rm,r           86 /r w lock
xchg     r,mv           86 /r w lock
bswap    r              0F C8 +r s4 s8
cmov{cc} r,rm           0F 40+n /r

# Stack
push     r              50 +r d64
push     imm8s          6A ib
push     imm32s         68 id
push     mv             FF /6 d64
push     fs             0F A0
push     gs             0F A8
pushw    imm8s          66 6A ib
pushw    imm16          66 68 iw
pop      r              58 +r d64
pop      mv             8F /0 d64
pop      fs             0F A1
pop      gs             0F A9
pushf    -              9C
pushfq   -              9C
pushfw   -              9C o16
popf     -              9D
popfq    -              9D
popfw    -              9D o16
enter    imm16,imm8     C8 iw ib
leave    -              C9

# Arithmetic and logic
{alu}    rm,r           00+8n /r w lock
{alu}    r,mv           02+8n /r w
{alu}    rm,imm8s       83 /n ib lock
{alu}    acc,imm        04+8n iz w
{alu}    rm,imm         80 /n iz w lock
cmp      rm,r           38 /r w
cmp      r,mv           3A /r w
cmp      rm,imm8s       83 /7 ib
cmp      acc,imm        3C iz w
cmp      rm,imm         80 /7 iz w
test     rm,r           84 /r w
test     r,mv           84 /r w
test     acc,imm        A8 iz w
test     rm,imm         F6 /0 iz w
inc      rm             FE /0 w lock
dec      rm             FE /1 w lock
not      rm             F6 /2 w lock
neg      rm             F6 /3 w lock
mul      rm             F6 /4 w
imul     rm             F6 /5 w
imul     r,rm           0F AF /r
imul     r,rm,imm8s     6B /r ib
imul     r,rm,imm       69 /r iz
imul     r,imm8s        6B dup ib
imul     r,imm          69 dup iz
div      rm             F6 /6 w
idiv     rm             F6 /7 w
div      acc,rm         F6 /6 w rm2
idiv     acc,rm         F6 /7 w rm2
cbw      -              98 o16
cwde     -              98
cdqe     -              98 o64
cwd      -              99 o16
cdq      -              99
cqo      -              99 o64
adcx     r,rm           66 0F38 F6 /r s4 s8
adox     r,rm           F3 0F38 F6 /r s4 s8

# Shifts
{shift}  rm,1           D0 /n w
{shift}  rm,imm8        C0 /n ib w
{shift}  rm,cl          D2 /n w
{shift}  rm             D0 /n w
shld     rm,r,imm8      0F A4 /r ib
shld     rm,r,cl        0F A5 /r
shld     rm,r           0F A5 /r
shrd     rm,r,imm8      0F AC /r ib
shrd     rm,r,cl        0F AD /r
shrd     rm,r           0F AD /r

# Bits
bt       rm,r           0F A3 /r
bts      rm,r           0F AB /r lock
btr      rm,r           0F B3 /r lock
btc      rm,r           0F BB /r lock
bt       rm,imm8        0F BA /4 ib
bts      rm,imm8        0F BA /5 ib lock
btr      rm,imm8        0F BA /6 ib lock
btc      rm,imm8        0F BA /7 ib lock
bsf      r,rm           0F BC /r rep
bsr      r,rm           0F BD /r rep
popcnt   r,rm           F3 0F B8 /r
tzcnt    r,rm           F3 0F BC /r
lzcnt    r,rm           F3 0F BD /r
crc32    r32,rm8        F2 0F38 F0 /r explicit
crc32    r64,rm8        F2 0F38 F0 /r explicit o64
crc32    r32,rm16       F2 0F38 F1 /r o16
crc32    r32,rm32       F2 0F38 F1 /r
crc32    r64,rm64       F2 0F38 F1 /r o64
andn     r,r,rm         vex 0F38 F2 /rvm s4 s8
bextr    r,rm,r         vex 0F38 F7 /rmv s4 s8
blsr     r,rm           vex 0F38 F3 /vm1 s4 s8
blsmsk   r,rm           vex 0F38 F3 /vm2 s4 s8
blsi     r,rm           vex 0F38 F3 /vm3 s4 s8
bzhi     r,rm,r         vex 0F38 F5 /rmv s4 s8
mulx     r,r,rm         vexF2 0F38 F6 /rvm s4 s8
pdep     r,r,rm         vexF2 0F38 F5 /rvm s4 s8
pext     r,r,rm         vexF3 0F38 F5 /rvm s4 s8
rorx     r,rm,imm8      vexF2 0F3A F0 /r ib s4 s8
sarx     r,rm,r         vexF3 0F38 F7 /rmv s4 s8
shlx     r,rm,r         vex66 0F38 F7 /rmv s4 s8
shrx     r,rm,r         vexF2 0F38 F7 /rmv s4 s8

# Conditions and branches
set{cc}  rm8            0F 90+n /0
j{cc}    rel            0F 80+n rel
jrcxz    rel            E3 rel8
jecxz    rel            E3 rel8 a32
loop     rel            E2 rel8
loope    rel            E1 rel8
loopz    rel            E1 rel8
loopne   rel            E0 rel8
loopnz   rel            E0 rel8
jmp      rel            E9 rel
jmp      rm             FF /4 d64
call     rel            E8 rel32
call     rm             FF /2 d64
ret      -              C3 rep
ret      imm16          C2 iw rep
iret     -              CF
iretd    -              CF
iretq    -              CF o64

# Strings
movsb    -              A4 rep
movsw    -              A5 o16 rep
movsd    -              A5 rep
movsq    -              A5 o64 rep
stosb    -              AA rep
stosw    -              AB o16 rep
stosd    -              AB rep
stosq    -              AB o64 rep
lodsb    -              AC rep
lodsw    -              AD o16 rep
lodsd    -              AD rep
lodsq    -              AD o64 rep
scasb    -              AE rep
scasw    -              AF o16 rep
scasd    -              AF rep
scasq    -              AF o64 rep
cmpsb    -              A6 rep
cmpsw    -              A7 o16 rep
cmpsd    -              A7 rep
cmpsq    -              A7 o64 rep
insb     -              6C rep
insw     -              6D o16 rep
insd     -              6D rep
outsb    -              6E rep
outsw    -              6F o16 rep
outsd    -              6F rep

# Strings with their operands spelled out: the destination at [rdi], the source at [rsi]
movs     di,si          A4 w rep string
movsb    di,si          A4 s1 rep string
movsw    di,si          A5 s2 rep string
movsd    di,si          A5 s4 rep string
movsq    di,si          A5 s8 rep string
stos     di,acc         AA w rep string
stosb    di,acc         AA s1 rep string
stosw    di,acc         AB s2 rep string
stosd    di,acc         AB s4 rep string
stosq    di,acc         AB s8 rep string
stos     di             AA w rep string
stosb    di             AA s1 rep string
stosw    di             AB s2 rep string
stosd    di             AB s4 rep string
stosq    di             AB s8 rep string
lods     acc,si         AC w rep string
lodsb    acc,si         AC s1 rep string
lodsw    acc,si         AD s2 rep string
lodsd    acc,si         AD s4 rep string
lodsq    acc,si         AD s8 rep string
lods     si             AC w rep string
lodsb    si             AC s1 rep string
lodsw    si             AD s2 rep string
lodsd    si             AD s4 rep string
lodsq    si             AD s8 rep string
scas     acc,di         AE w rep string
scasb    acc,di         AE s1 rep string
scasw    acc,di         AF s2 rep string
scasd    acc,di         AF s4 rep string
scasq    acc,di         AF s8 rep string
scas     di             AE w rep string
scasb    di             AE s1 rep string
scasw    di             AF s2 rep string
scasd    di             AF s4 rep string
scasq    di             AF s8 rep string
cmps     si,di          A6 w rep string
cmpsb    si,di          A6 s1 rep string
cmpsw    si,di          A7 s2 rep string
cmpsd    si,di          A7 s4 rep string
cmpsq    si,di          A7 s8 rep string
ins      di,dx          6C w rep string s1 s2 s4
insb     di,dx          6C s1 rep string
insw     di,dx          6D s2 rep string
insd     di,dx          6D s4 rep string
outs     dx,si          6E w rep string s1 s2 s4
outsb    dx,si          6E s1 rep string
outsw    dx,si          6F s2 rep string
outsd    dx,si          6F s4 rep string

# Atomics
cmpxchg  rm,r           0F B0 /r w lock
xadd     rm,r           0F C0 /r w lock
cmpxchg8b  m64          0F C7 /1 lock
cmpxchg16b m128         0F C7 /1 o64 lock

# Flags
clc      -              F8
stc      -              F9
cmc      -              F5
cld      -              FC
std      -              FD
cli      -              FA
sti      -              FB
lahf     -              9F
sahf     -              9E

# System
syscall  -              0F 05
sysretq  -              0F 07 o64
sysenter -              0F 34
swapgs   -              0F 01 F8
cpuid    -              0F A2
rdtsc    -              0F 31
rdtscp   -              0F 01 F9
rdpmc    -              0F 33
rdmsr    -              0F 32
wrmsr    -              0F 30
xgetbv   -              0F 01 D0
xsetbv   -              0F 01 D1
rdfsbase r              F3 0F AE /0 s4 s8
rdgsbase r              F3 0F AE /1 s4 s8
wrfsbase r              F3 0F AE /2 s4 s8
wrgsbase r              F3 0F AE /3 s4 s8
rdrand   r              0F C7 /6
rdseed   r              0F C7 /7
endbr64  -              F3 0F 1E FA
endbr32  -              F3 0F 1E FB
rdsspq   r64            F3 0F 1E /1 o64
rdsspd   r32            F3 0F 1E /1
incsspq  r64            F3 0F AE /5 o64
incsspd  r32            F3 0F AE /5
ud2      -              0F 0B
ud0      r,rm           0F FF /r
ud1      r,rm           0F B9 /r
int3     -              CC
int      imm8           CD ib
int1     -              F1
hlt      -              F4
pause    -              F3 90
nop      -              90 rep
nop      rm             0F 1F /0
wait     -              9B
fwait    -              9B
mfence   -              0F AE F0
lfence   -              0F AE E8
sfence   -              0F AE F8
monitor  -              0F 01 C8
mwait    -              0F 01 C9
clflush  m              0F AE /7
clflushopt m            66 0F AE /7
clwb     m              66 0F AE /6
invlpg   m              0F 01 /7
lgdt     m              0F 01 /2
lidt     m              0F 01 /3
sgdt     m              0F 01 /0
sidt     m              0F 01 /1
ltr      rm16           0F 00 /3
invd     -              0F 08
wbinvd   -              0F 09
prefetcht0  m           0F 18 /1
prefetcht1  m           0F 18 /2
prefetcht2  m           0F 18 /3
prefetchnta m           0F 18 /0
prefetchw   m           0F 0D /1
xlatb    -              D7
in       acc,imm8       E4 ib w s1 s2 s4
in       acc,dx         EC w s1 s2 s4
out      imm8,acc       E6 ib w s1 s2 s4
out      dx,acc         EE w s1 s2 s4
xbegin   rel            C7 F8 rel32
xend     -              0F 01 D5
xabort   imm8           C6 F8 ib
xtest    -              0F 01 D6
serialize -             0F 01 E8
`;
