// A matrix product that runs on the thread that calls it, for loops that divide their work themselves.
//
// oneDNN's products of plain layouts may change their bytes with the number of threads; on one thread they can't.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <dnnl.hpp>
#include <unordered_map>

#include "base/dtype.h"

namespace odsora {

struct CpuContext;

/// Elements from one matrix, row and column to the next.
struct MatrixStrides {
  int64_t matrix = 0;
  int64_t row = 0;
  int64_t column = 1;
  auto operator<=>(const MatrixStrides&) const = default;
};

/// result [matrices, rows, columns] = left [matrices, rows, depth] · right [matrices, depth, columns].
struct MatmulShape {
  int64_t matrices = 1;
  int64_t rows = 0;
  int64_t depth = 0;
  int64_t columns = 0;
  MatrixStrides left;
  MatrixStrides right;
  MatrixStrides result;
  DType type = DType::kF32;  // of left and right
  DType result_type = DType::kF32;
  auto operator<=>(const MatmulShape&) const = default;
};

class SerialMatmul {
 public:
  SerialMatmul(const CpuContext& context, const MatmulShape& shape);

  /// Room that each running worker needs.
  size_t scratch_bytes() const { return description_.scratchpad_desc().get_size(); }

  /// One thread's hold on the product; the product must live longer.
  class Worker {
   public:
    Worker(const SerialMatmul& product, const dnnl::engine& engine);
    /// scratch holds scratch_bytes(). OpenMP's thread count must be one.
    void run(const void* left, const void* right, void* result, void* scratch);

   private:
    const SerialMatmul* product_;
    dnnl::stream stream_;
    dnnl::memory left_, right_, result_, scratch_;
    std::unordered_map<int, dnnl::memory> arguments_;
  };

 private:
  dnnl::matmul::primitive_desc description_;
  dnnl::matmul primitive_;
};

}  // namespace odsora
