// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

// Counts what an aggregate is initialised from, so that a description cannot forget a member. A nested aggregate counts
// as one, because an Anything converts to it whole; an array counts its elements, because braces may be left out.
namespace freshet::detail {

struct Anything {
  template <class T>
  operator T() const;  // NOLINT(google-explicit-constructor): it must convert by itself; never defined.
};

/// Converts to the bases of T alone, to count them.
template <class T> struct AnyBaseOf {
  template <class Base>
  requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>) operator Base()
      const;  // NOLINT(google-explicit-constructor)
};

template <class Initialiser, std::size_t> using Repeated = Initialiser;

// In a list of one, Anything would also convert to T itself; that it does is harmless: T then has a first initialiser
// or none, and an empty struct is told apart by std::is_empty.
template <class T, class Initialiser, std::size_t... I> constexpr bool initialisable(std::index_sequence<I...>) {
  return requires { T{Repeated<Initialiser, I>{}...}; };
}

template <class T, std::size_t Count, class Initialiser = Anything>
inline constexpr bool kInitialisableWith = initialisable<T, Initialiser>(std::make_index_sequence<Count>());

/// The number of direct bases of an aggregate.
template <class T, std::size_t Count = 0> constexpr std::size_t base_count() {
  if constexpr (!kInitialisableWith<T, Count + 1, AnyBaseOf<T>>) {
    return Count;
  } else {
    return base_count<T, Count + 1>();
  }
}

/// The number of initialisers of an aggregate: its bases, its members, the elements of its arrays.
template <class T, std::size_t Count = 0> constexpr std::size_t initialiser_count() {
  if constexpr (std::is_empty_v<T> || !kInitialisableWith<T, Count + 1>) {
    return Count;
  } else {
    return initialiser_count<T, Count + 1>();
  }
}

/// How many initialisers one member takes.
template <class Member> constexpr std::size_t member_initialisers() {
  if constexpr (std::is_array_v<Member>) {
    return std::extent_v<Member> * member_initialisers<std::remove_extent_t<Member>>();
  } else {
    return 1;
  }
}

}  // namespace freshet::detail
