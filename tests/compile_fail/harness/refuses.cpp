// expect: static assertion failed: a word of [0-9]+ bytes is too long
// SPDX-License-Identifier: MIT
template <class T> void store(T) { static_assert(sizeof(T) == 0, "a word of 4 bytes is too long"); }

int main() { store(1); }
