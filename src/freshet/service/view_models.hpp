// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "freshet/model/schema.hpp"
#include "freshet/service/detail/view_port.hpp"
#include "freshet/service/service.hpp"
#include "freshet/store/live.hpp"
#include "freshet/store/models.hpp"
#include "freshet/store/transaction.hpp"

namespace freshet {

class Store;

namespace service {
class ViewRoutes;
}

/// Whether a view model is kept up to date all the time or computed when somebody asks.
enum class Lifecycle : std::uint8_t {
  multi,  ///< Live: a resource that can be streamed, too.
  once,   ///< Computed from the store for each request; nothing is kept.
};

struct ViewOptions {
  Lifecycle lifecycle = Lifecycle::multi;
  /// Where else the view is to be found: "/meeting_sessions". Empty: only under /v1/views/{name}.
  std::string path = {};
  std::string doc = {};
};

struct ViewModelsOptions {
  /// How long the answer to a write waits until the live views show it. Then it is 202 instead of 200: the write is
  /// durable all the same.
  std::chrono::milliseconds visible_timeout{5'000};
  /// Writes that may be on their way to the store; further ones are answered with 503.
  std::size_t writes_max = 1000;
  /// How often a write is run when others get in its way, with a delay that doubles from `retry_delay`, half of it
  /// random. After that the answer is 409.
  std::size_t attempts_max = 8;
  std::chrono::milliseconds retry_delay{4};
  /// Documents with access rules that one write may change, and rows that these rules may read to decide on them.
  std::size_t ruled_documents_max = 1000;
  std::size_t rule_reads_max = 10'000;
};

/// What a view model class is declared by (classic face); see classic/view_model.hpp.
template <class ValueType, class ParamsType = NoParams> class ViewModel;
template <class ValueType, class ParamsType = NoParams> class PersonalViewModel;

/// One declared view model: takes the setters of its attributes.
///
/// What has a setter may be changed by PATCH, nothing else may.
template <class Value> class ViewHandle {
 public:
  explicit ViewHandle(service::ViewPort& port) : port_(port) {}

  /// Writes the attribute back to the models: `set(StoreTransaction&, const std::string& key, const Member& value)`
  /// gives a Result<void>; where it matters who asks, a `const Caller&` comes last. All attributes of one PATCH are set
  /// in one transaction, in the order of the request; an error of one undoes it whole. May be called several times,
  /// since transactions are retried. [meta]
  template <auto Member, class Set> const ViewHandle& set(Set setter) const {
    using Attribute = std::remove_cvref_t<decltype(std::declval<Value>().*Member)>;
    static_assert(kIsSetter<Attribute, Set> || kIsSetterFor<Attribute, Set>,
                  "Freshet: a setter is a function (StoreTransaction&, const std::string& key, const Attribute&) or "
                  "(StoreTransaction&, const std::string& key, const Attribute&, const Caller&) that gives a "
                  "Result<void>");
    const Value sample{};
    const auto offset =
        reinterpret_cast<const std::byte*>(&(sample.*Member)) - reinterpret_cast<const std::byte*>(&sample);
    for (const Field& field : schema_of<Value>().fields) {
      if (field.is_computed() || field.offset != static_cast<std::size_t>(offset)) continue;
      add<Attribute>(field, std::move(setter));
      break;
    }
    return *this;
  }
  /// The same by the attribute's name. Errors: throws Failure if there is none, or if it is of another type.
  template <class Attribute, class Set> const ViewHandle& set(std::string_view attribute, Set setter) const {
    const Field* field = schema_of<Value>().find(attribute);
    if (field == nullptr || field->type != &type_of<Attribute>()) {
      throw Failure({.code = ErrorCode::invalid_argument,
                     .primary = port_.name + " has no attribute " + std::string(attribute) + " of type " +
                                type_of<Attribute>().name()});
    }
    add<Attribute>(*field, std::move(setter));
    return *this;
  }

 private:
  template <class Attribute, class Set>
  static constexpr bool kIsSetter =
      std::is_invocable_r_v<Result<void>, Set&, StoreTransaction&, const std::string&, const Attribute&>;
  template <class Attribute, class Set>
  static constexpr bool kIsSetterFor =
      std::is_invocable_r_v<Result<void>, Set&, StoreTransaction&, const std::string&, const Attribute&, const Caller&>;

  template <class Attribute, class Set> void add(const Field& field, Set setter) const {
    port_.setters.push_back(
        {&field,
         [setter = std::move(setter)](StoreTransaction& transaction, const std::string& key, const void* value,
                                      const Caller& caller) mutable -> Result<void> {
           const auto& attribute = *static_cast<const Attribute*>(value);
           if constexpr (kIsSetterFor<Attribute, Set>) {
             return setter(transaction, key, attribute, caller);
           } else {
             static_cast<void>(caller);
             return setter(transaction, key, attribute);
           }
         }});
  }

  service::ViewPort& port_;
};

/// One declared form: takes the rule of who may post it.
///
/// Without a rule everybody may; with one, those whom it allows. What the handler writes is checked besides, by the
/// rules of the models.
template <class Form> class FormHandle {
 public:
  using Rules = stream::TypedRowRules<std::string, Form>;

  explicit FormHandle(service::FormPort& port) : port_(port) {}

  /// `rule(caller, form, args...)` gives true. [meta]
  template <class Rule, class... Args> const FormHandle& allow(Rule rule, Args&&... args) const;
  /// By a class that derives from FormRule<Form>, made with these arguments. [classic]
  template <class Rule, class... Args> const FormHandle& rule(Args&&... args) const;

  /// What both faces come down to.
  void set_rule(decltype(Rules::write) may_post) const {
    auto rules = std::make_shared<Rules>();
    rules->write = std::move(may_post);
    port_.rules = std::move(rules);
  }

 private:
  service::FormPort& port_;
};

/// View models as clients meet them: looked up, listed, streamed, and changed through their setters.
///
/// | request | answer |
/// |---|---|
/// | `GET /v1/views/{view}/{key}` | the row as an object, with an ETag |
/// | `GET /v1/views/{view}?param=value` | `{"results": {key: row, ...}}`; the view's parameters from the query |
/// | `PATCH /v1/views/{view}/{key}` `{"inSession": false}` | `{"version": n, "value": row}` |
/// | `POST /v1/forms/{form}` | `201 {"version": n, "value": what the handler gave}` |
/// | `POST /v1/streams/{view}` | as for every resource |
///
/// A PATCH is one store transaction. It is answered when it is durable *and* the live views show it, so that whoever
/// reads next, on whatever stream, reads what was written; `version` is the graph's. `If-Match` with the row's ETag
/// makes it conditional on the row being what the client saw, decided within the transaction. A form is the same for
/// documents that do not exist yet.
///
/// Access rules are asked on every way in. Of a view with rules, its own or those of the collection that it is:
/// - reading shows the rows that the caller may read; others are not there (404).
/// - a PATCH needs the right to read the row, and to write it as it is, as the request would have it (its values put in
///   place of the old ones), and as it is afterwards, unless it is gone from the view then. All three are rows of one
///   transaction, so the view has to be one that Once can compute; others take no PATCH.
///
/// Of a model with rules, declared for a collection of `live`: each document of that collection that a setter or form
/// handler writes has to be allowed as it was before the transaction and as it is at its end. What else the program
/// writes is not checked.
///
/// Rules run on the loop, between two runs of the transaction: the first finds out what is to be decided and is undone,
/// the next is committed if it comes to the very same rows. Documents of `live` that a rule read by key are compared
/// with those of the transaction, which is undone and decided anew if they differ: a right that was taken away before
/// the transaction commits does not count any more. What a rule reads elsewhere (views, inputs of the program, whole
/// collections) counts as it was when it was asked. Nothing is ever half applied; one refused row refuses the request:
/// 403 with the attribute's path, or 401 for a caller who is not known.
///
/// Lifetime: `service` and `live` outlive it, and it outlives the service's run().
/// Thread safety: belongs to the loop of the service. Setters and form handlers run on threads of the store.
/// Errors: wrong declarations throw Failure.
/// Example: examples/meeting_room/meta.cpp, examples/meeting_room/classic.cpp; with rules
/// src/freshet/meta/view_access.test.cpp, src/freshet/classic/view_access.test.cpp
class ViewModels {
 public:
  /// Views over the models that `live` follows.
  ViewModels(Service& service, LiveStore& live, ViewModelsOptions options = {});
  /// Views over a store that nothing follows: only those of Lifecycle::once. As no rules can be declared for its
  /// models, clients may write nothing through them as soon as any collection of the service has rules.
  ViewModels(Service& service, const Store& store, ViewModelsOptions options = {});
  ViewModels(Service& service, std::shared_ptr<store::Backend> backend, ViewModelsOptions options = {});
  ViewModels(const ViewModels&) = delete;
  ViewModels& operator=(const ViewModels&) = delete;
  ~ViewModels();

  /// `build(Models&)` or `build(Models&, const Params&)` gives the Collection of the rows. Where it depends on who
  /// asks, a `const Caller&` comes first; such a view is one of Lifecycle::once. [meta]
  template <class Build> auto add(std::string name, Build build, ViewOptions options = {});
  /// An object of a class that derives from ViewModel<Value, Params>, or from PersonalViewModel where it depends on who
  /// asks. [classic]
  template <class Derived> void add(std::string name, std::unique_ptr<Derived> view, ViewOptions options = {});

  /// `handle(StoreTransaction&, const Form&)` makes documents of what somebody filled in, and gives a Result of a value
  /// that the client is told, or Result<void>; where it matters who asks, a `const Caller&` comes last. One
  /// transaction; may be called several times. Form is a described struct.
  template <class Form, class Handle> FormHandle<Form> form(std::string name, Handle handle);

  /// What both faces come down to.
  template <class Value, class Params>
  service::ViewPort& add_view(std::string name, typename service::TypedViewPort<Value, Params>::Build build,
                              ViewOptions options, bool is_personal = false);

 private:
  void add_port(std::unique_ptr<service::ViewPort> port, const ViewOptions& options);
  service::FormPort& add_form(service::FormPort form);
  static void require_once(const service::ViewPort& view);
  /// What live views are declared over. Errors: throws Failure if the store is not followed.
  Models& models_for(const std::string& view) const;

  Service& service_;
  LiveStore* live_;
  std::shared_ptr<service::ViewRoutes> routes_;  // owners: this, and the routes
};

template <class Value, class Params>
service::ViewPort& ViewModels::add_view(std::string name, typename service::TypedViewPort<Value, Params>::Build build,
                                        ViewOptions options, bool is_personal) {
  auto port = std::make_unique<service::TypedViewPort<Value, Params>>(std::move(build));
  service::TypedViewPort<Value, Params>& typed = *port;
  port->name = name;
  port->doc = options.doc;
  port->is_once = options.lifecycle == Lifecycle::once;
  if (is_personal) require_once(*port);
  if (!port->is_once) {
    port->go_live(models_for(name));
    service_.add_resource(stream::define_resource<Params, std::string, Value>(
        std::move(name), options.doc, [&typed](const Params& params) { return typed.rows(params); }));
  }
  add_port(std::move(port), options);
  return typed;
}

template <class Form, class Handle> FormHandle<Form> ViewModels::form(std::string name, Handle handle) {
  constexpr bool for_caller = std::is_invocable_v<Handle&, StoreTransaction&, const Form&, const Caller&>;
  const auto call = [](Handle& function, StoreTransaction& transaction, const Form& form, const Caller& caller) {
    if constexpr (for_caller) {
      return function(transaction, form, caller);
    } else {
      static_cast<void>(caller);
      return function(transaction, form);
    }
  };
  return FormHandle<Form>(
      add_form({.name = std::move(name),
                .type = &type_of<Form>(),
                .handler = [call, handle = std::move(handle)](StoreTransaction& transaction, const void* form,
                                                              const Caller& caller) mutable -> Result<std::string> {
                  auto answer = call(handle, transaction, *static_cast<const Form*>(form), caller);
                  if (!answer) return fail(std::move(answer.error()));
                  if constexpr (std::is_void_v<typename decltype(answer)::value_type>) {
                    return "null";
                  } else {
                    return to_json(*answer);
                  }
                }}));
}

}  // namespace freshet
