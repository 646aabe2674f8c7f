/**
 * How the instruction table is written. One row per form:
 *
 *     mnemonic  operands  encoding...
 *
 * `operands` are names from `operand-kinds.ts` joined by commas, or `-`. Rows of one mnemonic are tried in order and the
 * first that fits wins, as in GNU `as`. The encoding is what the Intel manual (volume 2) writes, with these tokens:
 *
 *     66 F2 F3 9B     mandatory prefix, where another byte follows
 *     0F 0F38 0F3A    opcode map
 *     hex bytes       the opcode, and after it one byte that stands in place of ModRM
 *     /r  /mr         ModRM of two operands: rm is the one that may be memory; where neither or both may, `/r` puts the
 *                     first into reg and the second into rm, `/mr` the other way round
 *     /0 .. /7        ModRM with an opcode extension; rm is the first register or memory
 *     /rvm /rmv /vm   VEX forms: which operands are ModRM.reg, VEX.vvvv and ModRM.rm, in order (`/vm` takes a digit
 *                     after it, as `/vm1`)
 *     +r  +r2         the first or the second operand's number is added to the last opcode byte
 *     dup             the one register operand is both reg and rm
 *     ib iw iz iv     immediate of 8, 16 bits; of the instruction's size up to 32, up to 64 bits
 *     id io           immediate of 32 and of 64 bits; `id` is sign-extended
 *     rel8 rel32 rel  branch displacement: short, near, or as near as the target turns out to be
 *     mo              absolute address of 64 bits
 *     =hex            a constant byte after everything else
 *     vex vex66 vexF2 vexF3   VEX prefix in place of the mandatory prefix
 *
 * and these flags:
 *
 *     w               also of 8 bits; the opcode's lowest bit tells
 *     s1 s2 s4 s8 ... the sizes in bytes that sized operands may have, in place of 2, 4, 8 (with `w`: 1, 2, 4, 8)
 *     d64             8 bytes without REX.W, also when no operand tells the size: sizes 2 and 8
 *     o16 o64         without sized operands: prefix 66, REX.W
 *     a32             prefix 67
 *     rm2             with an opcode extension: rm is the second operand
 *     noprefix        sizes need neither prefix 66 nor REX.W
 *     lock            may be locked when its first operand is memory
 *     rep             may be repeated
 *     string          memory operands are [rdi] (`di`) and [rsi] (`si`) and go without ModRM
 *     explicit        memory must tell its size
 *
 * A mnemonic may hold a family in braces: `j{cc}` stands for all members of `cc`, `{a=1,b=2}` for the members named.
 * In the encoding `n` is then the member's number: `70+n`, `00+8n`, `/n`, `=n` and, as an opcode byte, `n`.
 */

/** Families that several rows share, with the numbers of their members in the encoding. */
export const FAMILIES: Readonly<Record<string, string>> = {
  cc:
    "o=0,no=1,b=2,c=2,nae=2,ae=3,nb=3,nc=3,e=4,z=4,ne=5,nz=5,be=6,na=6,a=7,nbe=7," +
    "s=8,ns=9,p=A,pe=A,np=B,po=B,l=C,nge=C,ge=D,nl=D,le=E,ng=E,g=F,nle=F",
  alu: "add=0,or=1,adc=2,sbb=3,and=4,sub=5,xor=6",
  shift: "rol=0,ror=1,rcl=2,rcr=3,shl=4,sal=4,shr=5,sar=7",
  bt: "bt=4,bts=5,btr=6,btc=7",
  compare: "eq=0,lt=1,le=2,unord=3,neq=4,nlt=5,nle=6,ord=7",
};
