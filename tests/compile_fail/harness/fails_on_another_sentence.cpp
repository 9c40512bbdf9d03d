// expect: a sentence that only this line says
// SPDX-License-Identifier: MIT
static_assert(sizeof(int) == 0, "another sentence");
