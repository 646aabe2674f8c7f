/** SSE, SSE2, SSE3, SSSE3, SSE4.1 and SSE4.2, with their MMX register forms (Intel SDM volume 2). */
export const SSE_FORMS = `
# Moves
{movaps=28,movups=10}  xmm,xm128       0F n /r
{movaps=29,movups=11}  m128,xmm        0F n /r
{movapd=28,movupd=10}  xmm,xm128       66 0F n /r
{movapd=29,movupd=11}  m128,xmm        66 0F n /r
movdqa   xmm,xm128      66 0F 6F /r
movdqa   m128,xmm       66 0F 7F /r
movdqu   xmm,xm128      F3 0F 6F /r
movdqu   m128,xmm       F3 0F 7F /r
lddqu    xmm,m128       F2 0F F0 /r
movss    xmm,xm32       F3 0F 10 /r
movss    m32,xmm        F3 0F 11 /r
movsd    xmm,xm64       F2 0F 10 /r
movsd    m64,xmm        F2 0F 11 /r
{movlps=12,movhps=16}  xmm,m64         0F n /r
{movlps=13,movhps=17}  m64,xmm         0F n /r
{movlpd=12,movhpd=16}  xmm,m64         66 0F n /r
{movlpd=13,movhpd=17}  m64,xmm         66 0F n /r
movhlps  xmm,xmm        0F 12 /r
movlhps  xmm,xmm        0F 16 /r
movmskps r3264,xmm      0F 50 /r
movmskpd r3264,xmm      66 0F 50 /r
movd     xmm,rm32       66 0F 6E /r
movd     xmm,r64        66 0F 6E /r o64
movd     rm32,xmm       66 0F 7E /mr
movd     r64,xmm        66 0F 7E /mr o64
movd     mm,rm32        0F 6E /r
movd     mm,r64         0F 6E /r o64
movd     rm32,mm        0F 7E /mr
movd     r64,mm         0F 7E /mr o64
movq     xmm,xm64       F3 0F 7E /r
movq     m64,xmm        66 0F D6 /r
movq     xmm,r64        66 0F 6E /r o64
movq     r64,xmm        66 0F 7E /mr o64
movq     mm,mm64        0F 6F /r
movq     m64,mm         0F 7F /r
movq     mm,r64         0F 6E /r o64
movq     r64,mm         0F 7E /mr o64
movq     rm,r           88 /r w s8
movq     r,mv           8A /r w s8
movq     rm,imm         C6 /0 iz w s8
movq     r,imm64        B8 +r iv s8
movq2dq  xmm,mm         F3 0F D6 /r
movdq2q  mm,xmm         F2 0F D6 /r
movddup  xmm,xm64       F2 0F 12 /r
movsldup xmm,xm128      F3 0F 12 /r
movshdup xmm,xm128      F3 0F 16 /r
movntps  m128,xmm       0F 2B /r
movntpd  m128,xmm       66 0F 2B /r
movntdq  m128,xmm       66 0F E7 /r
movntdqa xmm,m128       66 0F38 2A /r
movntq   m64,mm         0F E7 /r
maskmovdqu xmm,xmm      66 0F F7 /r
maskmovq mm,mm          0F F7 /r
pmovmskb r3264,xmm      66 0F D7 /r
pmovmskb r3264,mm       0F D7 /r

# Floating-point arithmetic
{add=58,mul=59,sub=5C,min=5D,div=5E,max=5F,sqrt=51}ps  xmm,xm128  0F n /r
{add=58,mul=59,sub=5C,min=5D,div=5E,max=5F,sqrt=51}pd  xmm,xm128  66 0F n /r
{add=58,mul=59,sub=5C,min=5D,div=5E,max=5F,sqrt=51}ss  xmm,xm32   F3 0F n /r
{add=58,mul=59,sub=5C,min=5D,div=5E,max=5F,sqrt=51}sd  xmm,xm64   F2 0F n /r
{rsqrt=52,rcp=53}ps     xmm,xm128  0F n /r
{rsqrt=52,rcp=53}ss     xmm,xm32   F3 0F n /r
{and=54,andn=55,or=56,xor=57}ps    xmm,xm128  0F n /r
{and=54,andn=55,or=56,xor=57}pd    xmm,xm128  66 0F n /r
{hadd=7C,hsub=7D,addsub=D0}ps      xmm,xm128  F2 0F n /r
{hadd=7C,hsub=7D,addsub=D0}pd      xmm,xm128  66 0F n /r
{ucomi=2E,comi=2F}ss    xmm,xm32   0F n /r
{ucomi=2E,comi=2F}sd    xmm,xm64   66 0F n /r
cmpps    xmm,xm128,imm8 0F C2 /r ib
cmppd    xmm,xm128,imm8 66 0F C2 /r ib
cmpss    xmm,xm32,imm8  F3 0F C2 /r ib
cmpsd    xmm,xm64,imm8  F2 0F C2 /r ib
cmp{compare}ps xmm,xm128  0F C2 /r =n
cmp{compare}pd xmm,xm128  66 0F C2 /r =n
cmp{compare}ss xmm,xm32   F3 0F C2 /r =n
cmp{compare}sd xmm,xm64   F2 0F C2 /r =n
{shufps=C6}             xmm,xm128,imm8  0F n /r ib
{shufpd=C6}             xmm,xm128,imm8  66 0F n /r ib
{unpcklps=14,unpckhps=15}  xmm,xm128    0F n /r
{unpcklpd=14,unpckhpd=15}  xmm,xm128    66 0F n /r

# Conversions
cvtsi2ss xmm,rm         F3 0F 2A /r s4 s8 explicit
cvtsi2sd xmm,rm         F2 0F 2A /r s4 s8 explicit
{cvttss2si=2C,cvtss2si=2D}  r,xm32      F3 0F n /r s4 s8
{cvttsd2si=2C,cvtsd2si=2D}  r,xm64      F2 0F n /r s4 s8
cvtss2sd xmm,xm32       F3 0F 5A /r
cvtsd2ss xmm,xm64       F2 0F 5A /r
cvtps2pd xmm,xm64       0F 5A /r
cvtpd2ps xmm,xm128      66 0F 5A /r
cvtdq2ps xmm,xm128      0F 5B /r
cvtps2dq xmm,xm128      66 0F 5B /r
cvttps2dq xmm,xm128     F3 0F 5B /r
cvtdq2pd xmm,xm64       F3 0F E6 /r
cvtpd2dq xmm,xm128      F2 0F E6 /r
cvttpd2dq xmm,xm128     66 0F E6 /r
cvtpi2ps xmm,mm64       0F 2A /r
cvtpi2pd xmm,mm64       66 0F 2A /r
{cvttps2pi=2C,cvtps2pi=2D}  mm,xm64     0F n /r
{cvttpd2pi=2C,cvtpd2pi=2D}  mm,xm128    66 0F n /r

# Packed integers, in xmm and mm registers
{punpcklbw=60,punpcklwd=61,punpckldq=62}                          xmm,xm128  66 0F n /r
{punpcklbw=60,punpcklwd=61,punpckldq=62}                          mm,mm32    0F n /r
{punpckhbw=68,punpckhwd=69,punpckhdq=6A,packsswb=63,packuswb=67,packssdw=6B}  xmm,xm128  66 0F n /r
{punpckhbw=68,punpckhwd=69,punpckhdq=6A,packsswb=63,packuswb=67,packssdw=6B}  mm,mm64    0F n /r
{punpcklqdq=6C,punpckhqdq=6D}                                     xmm,xm128  66 0F n /r
{pcmpgtb=64,pcmpgtw=65,pcmpgtd=66,pcmpeqb=74,pcmpeqw=75,pcmpeqd=76}  xmm,xm128  66 0F n /r
{pcmpgtb=64,pcmpgtw=65,pcmpgtd=66,pcmpeqb=74,pcmpeqw=75,pcmpeqd=76}  mm,mm64    0F n /r
{paddb=FC,paddw=FD,paddd=FE,paddq=D4,psubb=F8,psubw=F9,psubd=FA,psubq=FB}  xmm,xm128  66 0F n /r
{paddb=FC,paddw=FD,paddd=FE,paddq=D4,psubb=F8,psubw=F9,psubd=FA,psubq=FB}  mm,mm64    0F n /r
{paddusb=DC,paddusw=DD,paddsb=EC,paddsw=ED,psubusb=D8,psubusw=D9,psubsb=E8,psubsw=E9}  xmm,xm128  66 0F n /r
{paddusb=DC,paddusw=DD,paddsb=EC,paddsw=ED,psubusb=D8,psubusw=D9,psubsb=E8,psubsw=E9}  mm,mm64    0F n /r
{pmullw=D5,pmulhw=E5,pmulhuw=E4,pmuludq=F4,pmaddwd=F5,psadbw=F6,pavgb=E0,pavgw=E3}     xmm,xm128  66 0F n /r
{pmullw=D5,pmulhw=E5,pmulhuw=E4,pmuludq=F4,pmaddwd=F5,psadbw=F6,pavgb=E0,pavgw=E3}     mm,mm64    0F n /r
{pminub=DA,pmaxub=DE,pminsw=EA,pmaxsw=EE,pand=DB,pandn=DF,por=EB,pxor=EF}              xmm,xm128  66 0F n /r
{pminub=DA,pmaxub=DE,pminsw=EA,pmaxsw=EE,pand=DB,pandn=DF,por=EB,pxor=EF}              mm,mm64    0F n /r
{psrlw=D1,psrld=D2,psrlq=D3,psraw=E1,psrad=E2,psllw=F1,pslld=F2,psllq=F3}              xmm,xm128  66 0F n /r
{psrlw=D1,psrld=D2,psrlq=D3,psraw=E1,psrad=E2,psllw=F1,pslld=F2,psllq=F3}              mm,mm64    0F n /r
{psrlw=2,psraw=4,psllw=6}  xmm,imm8    66 0F 71 /n ib
{psrlw=2,psraw=4,psllw=6}  mm,imm8     0F 71 /n ib
{psrld=2,psrad=4,pslld=6}  xmm,imm8    66 0F 72 /n ib
{psrld=2,psrad=4,pslld=6}  mm,imm8     0F 72 /n ib
{psrlq=2,psllq=6}          xmm,imm8    66 0F 73 /n ib
{psrlq=2,psllq=6}          mm,imm8     0F 73 /n ib
{psrldq=3,pslldq=7}        xmm,imm8    66 0F 73 /n ib
pshufd   xmm,xm128,imm8 66 0F 70 /r ib
pshuflw  xmm,xm128,imm8 F2 0F 70 /r ib
pshufhw  xmm,xm128,imm8 F3 0F 70 /r ib
pshufw   mm,mm64,imm8   0F 70 /r ib
pinsrw   xmm,r32m16,imm8  66 0F C4 /r ib
pinsrw   mm,r32m16,imm8 0F C4 /r ib
pextrw   r3264,xmm,imm8 66 0F C5 /r ib
pextrw   m16,xmm,imm8   66 0F3A 15 /r ib
pextrw   r3264,mm,imm8  0F C5 /r ib
emms     -              0F 77
ldmxcsr  m32            0F AE /2
stmxcsr  m32            0F AE /3

# SSSE3
{pshufb=00,phaddw=01,phaddd=02,phaddsw=03,pmaddubsw=04,phsubw=05,phsubd=06,phsubsw=07}  xmm,xm128  66 0F38 n /r
{pshufb=00,phaddw=01,phaddd=02,phaddsw=03,pmaddubsw=04,phsubw=05,phsubd=06,phsubsw=07}  mm,mm64    0F38 n /r
{psignb=08,psignw=09,psignd=0A,pmulhrsw=0B,pabsb=1C,pabsw=1D,pabsd=1E}  xmm,xm128  66 0F38 n /r
{psignb=08,psignw=09,psignd=0A,pmulhrsw=0B,pabsb=1C,pabsw=1D,pabsd=1E}  mm,mm64    0F38 n /r
palignr  xmm,xm128,imm8 66 0F3A 0F /r ib
palignr  mm,mm64,imm8   0F3A 0F /r ib

# SSE4.1
{blendvps=14,blendvpd=15,pblendvb=10}  xmm,xm128,xmm0  66 0F38 n /r
{blendvps=14,blendvpd=15,pblendvb=10}  xmm,xm128       66 0F38 n /r
{blendps=0C,blendpd=0D,pblendw=0E,dpps=40,dppd=41,mpsadbw=42,roundps=08,roundpd=09}  xmm,xm128,imm8  66 0F3A n /r ib
roundss  xmm,xm32,imm8  66 0F3A 0A /r ib
roundsd  xmm,xm64,imm8  66 0F3A 0B /r ib
insertps xmm,xm32,imm8  66 0F3A 21 /r ib
extractps r3264,xmm,imm8  66 0F3A 17 /mr ib
extractps m32,xmm,imm8  66 0F3A 17 /mr ib
pinsrb   xmm,r32m8,imm8 66 0F3A 20 /r ib
pinsrd   xmm,rm32,imm8  66 0F3A 22 /r ib
pinsrq   xmm,rm64,imm8  66 0F3A 22 /r ib o64
pextrb   r3264,xmm,imm8 66 0F3A 14 /mr ib
pextrb   m8,xmm,imm8    66 0F3A 14 /mr ib
pextrd   rm32,xmm,imm8  66 0F3A 16 /mr ib
pextrq   rm64,xmm,imm8  66 0F3A 16 /mr ib o64
{packusdw=2B,pcmpeqq=29,pmuldq=28,pmulld=40,phminposuw=41,ptest=17}  xmm,xm128  66 0F38 n /r
{pminsb=38,pminsd=39,pminuw=3A,pminud=3B,pmaxsb=3C,pmaxsd=3D,pmaxuw=3E,pmaxud=3F}  xmm,xm128  66 0F38 n /r
{pmovsxbw=20,pmovsxwd=23,pmovsxdq=25,pmovzxbw=30,pmovzxwd=33,pmovzxdq=35}  xmm,xm64  66 0F38 n /r
{pmovsxbd=21,pmovsxwq=24,pmovzxbd=31,pmovzxwq=34}  xmm,xm32  66 0F38 n /r
{pmovsxbq=22,pmovzxbq=32}  xmm,xm16  66 0F38 n /r

# SSE4.2 and its companions
pcmpgtq  xmm,xm128      66 0F38 37 /r
{pcmpestrm=60,pcmpestri=61,pcmpistrm=62,pcmpistri=63}  xmm,xm128,imm8  66 0F3A n /r ib
{aesimc=DB,aesenc=DC,aesenclast=DD,aesdec=DE,aesdeclast=DF}  xmm,xm128  66 0F38 n /r
aeskeygenassist xmm,xm128,imm8  66 0F3A DF /r ib
pclmulqdq xmm,xm128,imm8  66 0F3A 44 /r ib
{sha1nexte=C8,sha1msg1=C9,sha1msg2=CA,sha256msg1=CC,sha256msg2=CD}  xmm,xm128  0F38 n /r
sha256rnds2 xmm,xm128,xmm0  0F38 CB /r
sha256rnds2 xmm,xm128   0F38 CB /r
sha1rnds4 xmm,xm128,imm8  0F3A CC /r ib
`;
