#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# clang_tidy.sh BUILD_DIR JOBS changed|all: runs clang-tidy on what changed, as far as the time of a check allows, or on
# everything, however long that takes.
#
# Changed is: what differs from where this branch left its upstream. A fresh clone has no such difference, so there, on
# CI, the last commits count; by hand, only what is not committed. A changed header stands for the sources beside it.
set -euo pipefail

build_dir=$1
jobs=$2
which=$3
files_max=${FRESHET_CLANG_TIDY_FILES:-20}
commits_on_ci=20

base() {
  local fork head
  head=$(git rev-parse HEAD)
  fork=$(git merge-base HEAD '@{upstream}' 2>/dev/null || git merge-base HEAD origin/HEAD 2>/dev/null || true)
  if [ -n "$fork" ] && [ "$fork" != "$head" ]; then
    echo "$fork"
  elif [ -n "${CI:-}" ]; then
    git rev-list --first-parent --max-count="$((commits_on_ci + 1))" HEAD | tail -n 1
  else
    echo HEAD
  fi
}

candidates() {
  if [ "$which" = all ]; then
    git ls-files --cached --others --exclude-standard -- 'src/*.cpp' 'examples/*.cpp' 'benchmarks/*.cpp'
    return
  fi
  {
    git diff --name-only --diff-filter=d "$(base)" -- src examples benchmarks
    git ls-files --others --exclude-standard -- src examples benchmarks
  } | while read -r file; do
    case $file in
      *.cpp) echo "$file" ;;
      *.hpp) printf '%s\n' "${file%.hpp}.cpp" "${file%.hpp}.test.cpp" ;;
    esac
  done | sort -u
}

# Only what this build compiles: clang-tidy needs to know how.
sources=()
while read -r file; do
  if grep -qF "\"$PWD/$file\"" "$build_dir/compile_commands.json"; then sources+=("$file"); fi
done < <(candidates)
if [ "$which" = all ]; then files_max=${#sources[@]}; fi

checked=("${sources[@]:0:files_max}")
left=$((${#sources[@]} - ${#checked[@]}))
printf '==> clang-tidy on %d files (%s)%s\n' "${#checked[@]}" "$which" "$( ((left)) && echo ", $left more left out")" >&2
if [ "${#checked[@]}" -eq 0 ]; then exit 0; fi
printf '%s\0' "${checked[@]}" |
  xargs -0 -n 1 -P "$jobs" clang-tidy --quiet -p "$build_dir" --extra-arg=-Wno-unknown-warning-option 2>/dev/null
