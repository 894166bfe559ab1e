#include "runtime/read_ahead_source.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace odsora {

ReadAheadSource::ReadAheadSource(const WeightStore& store, ReaderPool& readers, Bytes staging_bytes,
                                 std::function<std::optional<std::string>()> next_tensor)
    : store_(store) {
  std::vector<DirectReader*> files;
  for (const std::filesystem::path& path : store.files()) {
    files_.push_back(std::make_unique<DirectReader>(path, readers));
    files.push_back(files_.back().get());
  }
  reads_ = std::make_unique<ReadAhead>(
      std::move(files),
      [this, next = std::move(next_tensor)]() -> std::optional<FileRange> {
        const std::optional<std::string> name = next();
        if (!name) return std::nullopt;
        due_.push_back(*name);
        const TensorPlace place = store_.place(*name);
        return FileRange{static_cast<size_t>(place.file), place.offset, static_cast<size_t>(place.byte_count)};
      },
      staging_bytes);
}

HostArray ReadAheadSource::read(const std::string& name) const {
  if (due_.empty() || due_.front() != name) {
    fail(ErrorCode::kInternal, "tensor ", name, " was asked for out of turn");
  }
  std::optional<ReadBytes> bytes = reads_->next();
  if (!bytes) fail(ErrorCode::kInternal, "tensor ", name, " was not read ahead");
  due_.pop_front();
  HostArray array;
  array.dtype = store_.info(name).dtype;
  array.shape = store_.info(name).shape;
  array.bytes = std::move(bytes->data);
  return array;
}

bool ReadAheadSource::direct() const {
  return std::ranges::all_of(files_, [](const auto& file) { return file->direct(); });
}

}  // namespace odsora
