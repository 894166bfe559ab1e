// A checkpoint whose tensors are read past the page cache, in a known order, before they are asked for.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/direct_reader.h"
#include "runtime/read_ahead.h"
#include "weights/tensor_source.h"
#include "weights/weight_store.h"

namespace odsora {

/// For one thread. `store` and `readers` must live longer.
class ReadAheadSource final : public TensorSource {
 public:
  /// `next_tensor` tells the names in the order in which read() will ask for them, and nothing at the end.
  ReadAheadSource(const WeightStore& store, ReaderPool& readers, Bytes staging_bytes,
                  std::function<std::optional<std::string>()> next_tensor);

  bool contains(const std::string& name) const override { return store_.contains(name); }
  const TensorInfo& info(const std::string& name) const override { return store_.info(name); }
  std::string file_of(const std::string& name) const override { return store_.file_of(name); }

  /// Throws Error(kInternal) when another tensor is due, and Error(kBadModel) when it cannot be read.
  HostArray read(const std::string& name) const override;
  HostArray read_rows(const std::string& name, int64_t first, int64_t count) const override {
    return store_.read_rows(name, first, count);
  }

  /// Whether every file could be read past the page cache so far.
  bool direct() const;

 private:
  const WeightStore& store_;
  std::vector<std::unique_ptr<DirectReader>> files_;
  mutable std::deque<std::string> due_;  // told to the reader, not yet asked for
  std::unique_ptr<ReadAhead> reads_;
};

}  // namespace odsora
