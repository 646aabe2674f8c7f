/** x87 floating point and the saving of its state (Intel SDM volume 2). */
export const X87_FORMS = `
fld      m32            D9 /0 explicit
fld      m64            DD /0
fld      m80            DB /5
fld      st             D9 C0 +r
fst      m32            D9 /2 explicit
fst      m64            DD /2
fst      st             DD D0 +r
fstp     m32            D9 /3 explicit
fstp     m64            DD /3
fstp     m80            DB /7
fstp     st             DD D8 +r
fild     m16            DF /0 explicit
fild     m32            DB /0
fild     m64            DF /5
fist     m16            DF /2 explicit
fist     m32            DB /2
fistp    m16            DF /3 explicit
fistp    m32            DB /3
fistp    m64            DF /7
fisttp   m16            DF /1 explicit
fisttp   m32            DB /1
fisttp   m64            DD /1
fbld     m80            DF /4
fbstp    m80            DF /6
fxch     -              D9 C9
fxch     st             D9 C8 +r
fcmov{b=DAC0,e=DAC8,be=DAD0,u=DAD8,nb=DBC0,ne=DBC8,nbe=DBD0,nu=DBD8}  st0,st  n +r2

{fadd=0,fmul=1,fsub=4,fsubr=5,fdiv=6,fdivr=7}  m32      D8 /n explicit
{fadd=0,fmul=1,fsub=4,fsubr=5,fdiv=6,fdivr=7}  m64      DC /n
{fadd=C0,fmul=C8,fsub=E0,fsubr=E8,fdiv=F0,fdivr=F8}  st0,st   D8 n +r2
{fadd=C0,fmul=C8,fsub=E8,fsubr=E0,fdiv=F8,fdivr=F0}  st,st0   DC n +r
{fadd=C0,fmul=C8,fsub=E0,fsubr=E8,fdiv=F0,fdivr=F8}  st       D8 n +r
{faddp=C1,fmulp=C9,fsubp=E9,fsubrp=E1,fdivp=F9,fdivrp=F1}  -  DE n
{faddp=C0,fmulp=C8,fsubp=E8,fsubrp=E0,fdivp=F8,fdivrp=F0}  st,st0   DE n +r
{faddp=C0,fmulp=C8,fsubp=E8,fsubrp=E0,fdivp=F8,fdivrp=F0}  st       DE n +r
{fiadd=0,fimul=1,ficom=2,ficomp=3,fisub=4,fisubr=5,fidiv=6,fidivr=7}  m16  DE /n explicit
{fiadd=0,fimul=1,ficom=2,ficomp=3,fisub=4,fisubr=5,fidiv=6,fidivr=7}  m32  DA /n

{fcom=2,fcomp=3}  m32   D8 /n explicit
{fcom=2,fcomp=3}  m64   DC /n
fcom     -              D8 D1
fcom     st             D8 D0 +r
fcomp    -              D8 D9
fcomp    st             D8 D8 +r
fcompp   -              DE D9
fucom    -              DD E1
fucom    st             DD E0 +r
fucomp   -              DD E9
fucomp   st             DD E8 +r
fucompp  -              DA E9
{fucomi=DBE8,fcomi=DBF0,fucomip=DFE8,fcomip=DFF0}  st0,st  n +r2
{fucomi=DBE8,fcomi=DBF0,fucomip=DFE8,fcomip=DFF0}  st      n +r
{fucomi=E9,fcomi=F1}  - DB n
{fucomip=E9,fcomip=F1}  -  DF n

{fchs=E0,fabs=E1,ftst=E4,fxam=E5,fld1=E8,fldl2t=E9,fldl2e=EA,fldpi=EB,fldlg2=EC,fldln2=ED,fldz=EE}  -  D9 n
{f2xm1=F0,fyl2x=F1,fptan=F2,fpatan=F3,fxtract=F4,fprem1=F5,fdecstp=F6,fincstp=F7,fprem=F8,fyl2xp1=F9}  -  D9 n
{fsqrt=FA,fsincos=FB,frndint=FC,fscale=FD,fsin=FE,fcos=FF,fnop=D0}  -  D9 n
ffree    st             DD C0 +r
ffreep   st             DF C0 +r
fninit   -              DB E3
finit    -              9B DB E3
fnclex   -              DB E2
fclex    -              9B DB E2
fldcw    m16            D9 /5
fnstcw   m16            D9 /7
fstcw    m16            9B D9 /7
fnstsw   acc            DF E0 s2 noprefix
fnstsw   -              DF E0
fnstsw   m16            DD /7
fstsw    acc            9B DF E0 s2 noprefix
fstsw    -              9B DF E0
fstsw    m16            9B DD /7
fldenv   m              D9 /4
fnstenv  m              D9 /6
fstenv   m              9B D9 /6
frstor   m              DD /4
fnsave   m              DD /6
fsave    m              9B DD /6
fxsave   m              0F AE /0
fxsave64 m              0F AE /0 o64
fxrstor  m              0F AE /1
fxrstor64 m             0F AE /1 o64
xsave    m              0F AE /4
xsave64  m              0F AE /4 o64
xsavec   m              0F C7 /4
xsavec64 m              0F C7 /4 o64
xsaveopt m              0F AE /6
xsaveopt64 m            0F AE /6 o64
xrstor   m              0F AE /5
xrstor64 m              0F AE /5 o64
`;
