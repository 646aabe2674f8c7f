/* Compiles a function with LLVM, for this machine; and refers to most of what there is, so that it is linked. */
#include <llvm-c/Analysis.h>
#include <llvm-c/BitReader.h>
#include <llvm-c/BitWriter.h>
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Disassembler.h>
#include <llvm-c/ExecutionEngine.h>
#include <llvm-c/IRReader.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Linker.h>
#include <llvm-c/Object.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <llvm-c/lto.h>
#include <stdio.h>

#define TRIPLE "x86_64-linux-gnu"

static LLVMModuleRef sum(void) {
  LLVMModuleRef module = LLVMModuleCreateWithName("module");
  LLVMTypeRef type = LLVMInt32Type();
  LLVMTypeRef parameters[2] = {type, type};
  LLVMValueRef function = LLVMAddFunction(module, "sum", LLVMFunctionType(type, parameters, 2, 0));
  LLVMBuilderRef builder = LLVMCreateBuilder();
  LLVMPositionBuilderAtEnd(builder, LLVMAppendBasicBlock(function, "entry"));
  LLVMValueRef result = LLVMBuildAdd(builder, LLVMGetParam(function, 0), LLVMGetParam(function, 1), "result");
  LLVMBuildRet(builder, result);
  return module;
}

/* Never called. */
static void others(LLVMModuleRef module, LLVMMemoryBufferRef buffer) {
  char *error;
  LLVMContextRef context = LLVMGetGlobalContext();
  LLVMModuleRef other;
  LLVMExecutionEngineRef engine;
  LLVMOrcLLJITRef jit;
  LLVMLinkModules2(module, module);
  LLVMWriteBitcodeToFile(module, "module");
  LLVMParseBitcode2(buffer, &other);
  LLVMParseIRInContext(context, buffer, &other, &error);
  LLVMCreateDisasm(TRIPLE, 0, 0, 0, 0);
  LLVMCreateBinary(buffer, context, &error);
  LLVMCreateDIBuilder(module);
  LLVMOrcCreateLLJIT(&jit, 0);
  LLVMCreateJITCompilerForModule(&engine, module, 0, &error);
  lto_codegen_create();
}

int main(int argc, char **argv) {
  char *error;
  LLVMTargetRef target;
  LLVMMemoryBufferRef object;
  LLVMInitializeAllTargetInfos();
  LLVMInitializeAllTargets();
  LLVMInitializeAllTargetMCs();
  LLVMInitializeAllAsmPrinters();
  LLVMInitializeAllAsmParsers();
  LLVMInitializeAllDisassemblers();
  LLVMLinkInMCJIT();
  LLVMLinkInInterpreter();
  LLVMModuleRef module = sum();
  if (LLVMVerifyModule(module, LLVMReturnStatusAction, &error)) return 2;
  if (LLVMGetTargetFromTriple(TRIPLE, &target, &error)) return 3;
  LLVMTargetMachineRef machine = LLVMCreateTargetMachine(target, TRIPLE, "", "", LLVMCodeGenLevelDefault,
                                                         LLVMRelocDefault, LLVMCodeModelDefault);
  if (LLVMRunPasses(module, "default<O2>", machine, LLVMCreatePassBuilderOptions())) return 4;
  if (LLVMTargetMachineEmitToMemoryBuffer(machine, module, LLVMObjectFile, &error, &object)) return 5;
  if (argc > 1) others(module, object);
  printf("%s\n", LLVMGetBufferSize(object) > 100 ? "compiled" : "empty");
  return 0;
}
