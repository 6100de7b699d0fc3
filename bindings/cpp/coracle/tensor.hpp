// SPDX-License-Identifier: Apache-2.0
/// Tensors: spans of elements, shapes, and views with a type and a shape.
#ifndef CORACLE_TENSOR_HPP
#define CORACLE_TENSOR_HPP

#include "result.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <type_traits>

CORACLE_HPP_BEGIN

/// Elements that lie one after the other in somebody else's memory.
template <typename Element>
class span {
 public:
  span() noexcept = default;
  span(Element *data, std::size_t size) noexcept : data_(data), size_(size) {}

  /// The elements of an array or of a container that has data() and size(). It must outlive the span; temporaries are not taken.
  template <std::size_t count>
  span(Element (&array)[count]) noexcept : data_(array), size_(count) {}
  template <typename Container, typename = std::enable_if_t<std::is_convertible_v<
                                    std::remove_pointer_t<decltype(std::declval<Container &>().data())> (*)[], Element (*)[]>>>
  span(Container &container) noexcept : data_(container.data()), size_(container.size()) {}

  Element *data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  Element *begin() const noexcept { return data_; }
  Element *end() const noexcept { return data_ + size_; }
  Element &operator[](std::size_t index) const noexcept {
    assert(index < size_ && "an index is outside its span");
    return data_[index];
  }

 private:
  Element *data_ = nullptr;
  std::size_t size_ = 0;
};

template <typename Element, std::size_t count>
span(Element (&)[count]) -> span<Element>;
template <typename Container>
span(Container &) -> span<std::remove_pointer_t<decltype(std::declval<Container &>().data())>>;

/// The extents of a tensor's dimensions, -1 where a model leaves one open. More than CORACLE_MAX_RANK can be written down and are refused by
/// every function that takes a shape.
class shape {
 public:
  /// No dimension: one element.
  shape() noexcept = default;
  shape(std::initializer_list<std::int64_t> extents) noexcept : shape(extents.begin(), extents.size()) {}
  shape(const std::int64_t *extents, std::size_t rank) noexcept
      : rank_(rank > CORACLE_MAX_RANK ? CORACLE_MAX_RANK + 1 : static_cast<std::int32_t>(rank)) {
    for (std::size_t index = 0; index < size(); index++) extents_[index] = extents[index];
  }

  std::int32_t rank() const noexcept { return rank_; }
  const std::int64_t *data() const noexcept { return extents_; }
  std::size_t size() const noexcept { return rank_ > CORACLE_MAX_RANK ? CORACLE_MAX_RANK : static_cast<std::size_t>(rank_); }
  const std::int64_t *begin() const noexcept { return extents_; }
  const std::int64_t *end() const noexcept { return extents_ + size(); }
  std::int64_t operator[](std::size_t index) const noexcept {
    assert(index < size() && "a shape has no such dimension");
    return extents_[index];
  }

  friend bool operator==(const shape &left, const shape &right) noexcept {
    if (left.rank_ != right.rank_) return false;
    for (std::size_t index = 0; index < left.size(); index++)
      if (left.extents_[index] != right.extents_[index]) return false;
    return true;
  }
  friend bool operator!=(const shape &left, const shape &right) noexcept { return !(left == right); }

 private:
  std::int64_t extents_[CORACLE_MAX_RANK] = {};
  std::int32_t rank_ = 0;
};

/// The element type of tensors whose elements are `Element`: element_type_of<float>::value is CORACLE_FLOAT32.
template <typename Element>
struct element_type_of;
template <> struct element_type_of<float> : std::integral_constant<coracle_element_type, CORACLE_FLOAT32> {};
template <> struct element_type_of<std::int8_t> : std::integral_constant<coracle_element_type, CORACLE_INT8> {};
template <> struct element_type_of<std::uint8_t> : std::integral_constant<coracle_element_type, CORACLE_UINT8> {};
template <> struct element_type_of<std::int16_t> : std::integral_constant<coracle_element_type, CORACLE_INT16> {};
template <> struct element_type_of<std::int32_t> : std::integral_constant<coracle_element_type, CORACLE_INT32> {};
template <> struct element_type_of<std::int64_t> : std::integral_constant<coracle_element_type, CORACLE_INT64> {};
template <> struct element_type_of<bool> : std::integral_constant<coracle_element_type, CORACLE_BOOL> {};
static_assert(sizeof(bool) == 1, "a boolean tensor has one byte an element");

/// A view of a tensor: it owns nothing, and is copied like a pointer.
class tensor {
 public:
  /// No type, no elements.
  tensor() noexcept = default;
  explicit tensor(const coracle_tensor &raw) noexcept : raw_(raw) {}

  /// `elements` as a tensor of `shape`, in row-major order, for session::bind_input(). They must outlive the view and its bindings.
  /// That there are as many as the shape says is checked by the function that takes the tensor.
  template <typename Element>
  tensor(span<Element> elements, const coracle::shape &shape) noexcept {
    raw_.type = element_type_of<std::remove_const_t<Element>>::value;
    raw_.rank = shape.rank();
    for (std::size_t index = 0; index < shape.size(); index++) raw_.shape[index] = shape.data()[index];
    // C has one view for what is read and what is written; bound inputs are only read.
    raw_.data = const_cast<std::remove_const_t<Element> *>(elements.data());
    raw_.byte_count = elements.size() * sizeof(Element);
  }
  template <typename Container>
  tensor(Container &elements, const coracle::shape &shape) noexcept : tensor(span(elements), shape) {}

  coracle_element_type type() const noexcept { return raw_.type; }
  coracle::shape shape() const noexcept { return coracle::shape(raw_.shape, static_cast<std::size_t>(raw_.rank)); }
  bool is_constant() const noexcept { return raw_.is_constant != 0; }

  /// The first element; NULL where only a shape is told.
  void *data() const noexcept { return raw_.data; }
  std::size_t byte_count() const noexcept { return raw_.byte_count; }

  /// The name in the model, or NULL; lives as long as the model.
  const char *name() const noexcept { return raw_.name; }

  /// The elements, in row-major order; none where only a shape is told. They live as long as what the tensor is a view of.
  /// Fails with CORACLE_INVALID_TYPE where they are not of type `Element`; `const Element` is allowed.
  template <typename Element>
  result<span<Element>> elements() const noexcept {
    constexpr coracle_element_type wanted = element_type_of<std::remove_const_t<Element>>::value;
    if (raw_.type == wanted) {
      return span<Element>(static_cast<Element *>(raw_.data), raw_.data == nullptr ? 0 : raw_.byte_count / sizeof(Element));
    }
    detail::failure failure;
    failure.raw.status = CORACLE_INVALID_TYPE;
    std::snprintf(failure.raw.message, sizeof failure.raw.message, "tensor \"%.200s\" has elements of type %s, not %s",
                  raw_.name != nullptr ? raw_.name : "", coracle_element_type_name(raw_.type), coracle_element_type_name(wanted));
    return failure;
  }

  /// C's view, to be passed to C functions.
  coracle_tensor *raw() noexcept { return &raw_; }
  const coracle_tensor *raw() const noexcept { return &raw_; }

 private:
  coracle_tensor raw_ = CORACLE_TENSOR_INIT;
};

CORACLE_HPP_END

#endif
