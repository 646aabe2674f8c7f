// biome-ignore-all format: generated
/**
 * Which operands each instruction takes, by the classes of the assembler's table; sizes are checked when it is emitted.
 * Made by `builder.test.ts` from that table: run it with `--update` when the table has changed.
 */

import type { Constant } from "./constants.js";
import type { Memory } from "./memory.js";
import type { AddressOf, Place } from "./places.js";
import type {
  ControlRegister as C,
  DebugRegister as D,
  MmxRegister as Mm,
  GeneralRegister as R,
  SegmentRegister as S,
  X87Register as St,
  XmmRegister as X,
} from "./registers.js";

/** Memory; a place is memory relative to `rip`. */
type M = Memory | Place;
/** An immediate. */
type I = Constant | AddressOf;
/** A place in code. */
type T = Place;

type Words<Text extends string> = Text extends `${infer First} ${infer Rest}` ? First | Words<Rest> : Text;
type Methods<Names extends string, Operands extends readonly unknown[]> = {
  readonly [Name in Words<Names>]: (...operands: Operands) => void;
};

/** The name of an instruction. */
export type Mnemonic = keyof InstructionTypes;

/** The instructions, grouped by their operands. */
export type InstructionTypes =
  & Methods<"mov", [R | S | C | D | M, R | S | C | D | M | I]>
  & Methods<"movabs add or adc sbb and sub xor cmp test", [R | M, R | M | I]>
  & Methods<"movzx movsx movsxd cmovo cmovno cmovb cmovc cmovnae cmovae cmovnb cmovnc cmove cmovz cmovne cmovnz cmovbe cmovna"
    | "cmova cmovnbe cmovs cmovns cmovp cmovpe cmovnp cmovpo cmovl cmovnge cmovge cmovnl cmovle cmovng cmovg cmovnle"
    | "adcx adox bsf bsr popcnt tzcnt lzcnt crc32 blsr blsmsk blsi ud0 ud1", [R, R | M]>
  & Methods<"movbe xchg", [R | M, R | M]>
  & Methods<"movnti ins", [M, R]>
  & Methods<"lea outs", [R, M]>
  & Methods<"bswap rdfsbase rdgsbase wrfsbase wrgsbase rdrand rdseed rdsspq rdsspd incsspq incsspd", [R]>
  & Methods<"push", [R | S | M | I]>
  & Methods<"pushw int xabort", [I]>
  & Methods<"pop", [R | S | M]>
  & Methods<"pushf pushfq pushfw popf popfq popfw leave cbw cwde cdqe cwd cdq cqo iret iretd iretq clc stc cmc cld std cli sti"
    | "lahf sahf syscall sysretq sysenter swapgs cpuid rdtsc rdtscp rdpmc rdmsr wrmsr xgetbv xsetbv endbr64 endbr32 ud2"
    | "int3 int1 hlt pause wait fwait mfence lfence sfence monitor mwait invd wbinvd xlatb xend xtest serialize emms"
    | "fcompp fucompp fchs fabs ftst fxam fld1 fldl2t fldl2e fldpi fldlg2 fldln2 fldz f2xm1 fyl2x fptan fpatan fxtract"
    | "fprem1 fdecstp fincstp fprem fyl2xp1 fsqrt fsincos frndint fscale fsin fcos fnop fninit finit fnclex fclex", []>
  & Methods<"enter", [I, I]>
  & Methods<"inc dec not neg mul seto setno setb setc setnae setae setnb setnc sete setz setne setnz setbe setna seta setnbe"
    | "sets setns setp setpe setnp setpo setl setnge setge setnl setle setng setg setnle ltr", [R | M]>
  & Methods<"imul", [R | M] | [R, R | M | I] | [R, R | M, I]>
  & Methods<"div idiv", [R | M] | [R, R | M]>
  & Methods<"rol ror rcl rcr shl sal shr sar", [R | M] | [R | M, R | I]>
  & Methods<"shld shrd", [R | M, R] | [R | M, R, R | I]>
  & Methods<"bt bts btr btc", [R | M, R | I]>
  & Methods<"andn mulx pdep pext", [R, R, R | M]>
  & Methods<"bextr bzhi sarx shlx shrx", [R, R | M, R]>
  & Methods<"rorx", [R, R | M, I]>
  & Methods<"jo jno jb jc jnae jae jnb jnc je jz jne jnz jbe jna ja jnbe js jns jp jpe jnp jpo jl jnge jge jnl jle jng jg jnle"
    | "jrcxz jecxz loop loope loopz loopne loopnz xbegin", [T]>
  & Methods<"jmp call", [R | M | T]>
  & Methods<"ret", [] | [I]>
  & Methods<"movsb movsw movsq cmpsb cmpsw cmpsq", [] | [M, M]>
  & Methods<"movsd", [] | [X | M, X | M]>
  & Methods<"stosb stosw stosd stosq", [] | [M] | [M, R]>
  & Methods<"lodsb lodsw lodsd lodsq scasb scasw scasd scasq", [] | [M] | [R, M]>
  & Methods<"cmpsd", [] | [M, M] | [X, X | M, I]>
  & Methods<"insb insw insd", [] | [M, R]>
  & Methods<"outsb outsw outsd", [] | [R, M]>
  & Methods<"movs cmps", [M, M]>
  & Methods<"stos", [M] | [M, R]>
  & Methods<"lods scas", [M] | [R, M]>
  & Methods<"cmpxchg xadd", [R | M, R]>
  & Methods<"cmpxchg8b cmpxchg16b clflush clflushopt clwb invlpg lgdt lidt sgdt sidt prefetcht0 prefetcht1 prefetcht2"
    | "prefetchnta prefetchw ldmxcsr stmxcsr fild fist fistp fisttp fbld fbstp fiadd fimul ficom ficomp fisub fisubr"
    | "fidiv fidivr fldcw fnstcw fstcw fldenv fnstenv fstenv frstor fnsave fsave fxsave fxsave64 fxrstor fxrstor64 xsave"
    | "xsave64 xsavec xsavec64 xsaveopt xsaveopt64 xrstor xrstor64", [M]>
  & Methods<"nop fnstsw fstsw", [] | [R | M]>
  & Methods<"in", [R, R | I]>
  & Methods<"out", [R | I, R]>
  & Methods<"movaps movups movapd movupd movdqa movdqu movss movlps movhps movlpd movhpd", [X | M, X | M]>
  & Methods<"lddqu movntdqa", [X, M]>
  & Methods<"movhlps movlhps maskmovdqu", [X, X]>
  & Methods<"movmskps movmskpd", [R, X]>
  & Methods<"movd", [R | X | Mm | M, R | X | Mm | M]>
  & Methods<"movq", [R | X | Mm | M, R | X | Mm | M | I]>
  & Methods<"movq2dq", [X, Mm]>
  & Methods<"movdq2q", [Mm, X]>
  & Methods<"movddup movsldup movshdup addps mulps subps minps divps maxps sqrtps addpd mulpd subpd minpd divpd maxpd sqrtpd"
    | "addss mulss subss minss divss maxss sqrtss addsd mulsd subsd minsd divsd maxsd sqrtsd rsqrtps rcpps rsqrtss rcpss"
    | "andps andnps orps xorps andpd andnpd orpd xorpd haddps hsubps addsubps haddpd hsubpd addsubpd ucomiss comiss"
    | "ucomisd comisd cmpeqps cmpltps cmpleps cmpunordps cmpneqps cmpnltps cmpnleps cmpordps cmpeqpd cmpltpd cmplepd"
    | "cmpunordpd cmpneqpd cmpnltpd cmpnlepd cmpordpd cmpeqss cmpltss cmpless cmpunordss cmpneqss cmpnltss cmpnless"
    | "cmpordss cmpeqsd cmpltsd cmplesd cmpunordsd cmpneqsd cmpnltsd cmpnlesd cmpordsd unpcklps unpckhps unpcklpd"
    | "unpckhpd cvtss2sd cvtsd2ss cvtps2pd cvtpd2ps cvtdq2ps cvtps2dq cvttps2dq cvtdq2pd cvtpd2dq cvttpd2dq punpcklqdq"
    | "punpckhqdq packusdw pcmpeqq pmuldq pmulld phminposuw ptest pminsb pminsd pminuw pminud pmaxsb pmaxsd pmaxuw"
    | "pmaxud pmovsxbw pmovsxwd pmovsxdq pmovzxbw pmovzxwd pmovzxdq pmovsxbd pmovsxwq pmovzxbd pmovzxwq pmovsxbq"
    | "pmovzxbq pcmpgtq aesimc aesenc aesenclast aesdec aesdeclast sha1nexte sha1msg1 sha1msg2 sha256msg1 sha256msg2", [X, X | M]>
  & Methods<"movntps movntpd movntdq", [M, X]>
  & Methods<"movntq", [M, Mm]>
  & Methods<"maskmovq", [Mm, Mm]>
  & Methods<"pmovmskb", [R, X | Mm]>
  & Methods<"cmpps cmppd cmpss shufps shufpd pshufd pshuflw pshufhw blendps blendpd pblendw dpps dppd mpsadbw roundps roundpd"
    | "roundss roundsd insertps pcmpestrm pcmpestri pcmpistrm pcmpistri aeskeygenassist pclmulqdq sha1rnds4", [X, X | M, I]>
  & Methods<"cvtsi2ss cvtsi2sd", [X, R | M]>
  & Methods<"cvttss2si cvtss2si cvttsd2si cvtsd2si", [R, X | M]>
  & Methods<"cvtpi2ps cvtpi2pd", [X, Mm | M]>
  & Methods<"cvttps2pi cvtps2pi cvttpd2pi cvtpd2pi", [Mm, X | M]>
  & Methods<"punpcklbw punpcklwd punpckldq punpckhbw punpckhwd punpckhdq packsswb packuswb packssdw pcmpgtb pcmpgtw pcmpgtd"
    | "pcmpeqb pcmpeqw pcmpeqd paddb paddw paddd paddq psubb psubw psubd psubq paddusb paddusw paddsb paddsw psubusb"
    | "psubusw psubsb psubsw pmullw pmulhw pmulhuw pmuludq pmaddwd psadbw pavgb pavgw pminub pmaxub pminsw pmaxsw pand"
    | "pandn por pxor pshufb phaddw phaddd phaddsw pmaddubsw phsubw phsubd phsubsw psignb psignw psignd pmulhrsw pabsb"
    | "pabsw pabsd", [X | Mm, X | Mm | M]>
  & Methods<"psrlw psrld psrlq psraw psrad psllw pslld psllq", [X | Mm, X | Mm | M | I]>
  & Methods<"psrldq pslldq", [X, I]>
  & Methods<"pshufw", [Mm, Mm | M, I]>
  & Methods<"pinsrw", [X | Mm, R | M, I]>
  & Methods<"pextrw", [R | M, X | Mm, I]>
  & Methods<"palignr", [X | Mm, X | Mm | M, I]>
  & Methods<"blendvps blendvpd pblendvb sha256rnds2", [X, X | M] | [X, X | M, X]>
  & Methods<"extractps pextrb pextrd pextrq", [R | M, X, I]>
  & Methods<"pinsrb pinsrd pinsrq", [X, R | M, I]>
  & Methods<"fld fst fstp", [St | M]>
  & Methods<"fxch fucom fucomp", [] | [St]>
  & Methods<"fcmovb fcmove fcmovbe fcmovu fcmovnb fcmovne fcmovnbe fcmovnu", [St, St]>
  & Methods<"fadd fmul fsub fsubr fdiv fdivr", [St | M] | [St, St]>
  & Methods<"faddp fmulp fsubp fsubrp fdivp fdivrp fucomi fcomi fucomip fcomip", [] | [St] | [St, St]>
  & Methods<"fcom fcomp", [] | [St | M]>
  & Methods<"ffree ffreep", [St]>;
