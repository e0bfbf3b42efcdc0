// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the program of kernel_names.bpf.c and the code that runs it share. C, for both.

#define FAULTLINE_NAMES_A_RUN 32
#define FAULTLINE_NAME_BYTES 128  // include/linux/kallsyms.h, KSYM_SYMBOL_LEN, is for names that nobody writes
