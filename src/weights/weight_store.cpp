#include "weights/weight_store.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <system_error>

#include "base/config_object.h"
#include "base/error.h"
#include "base/strict_json.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPickleAdvice = "pytorch_model*.bin is not supported; use the safetensors files";

bool is_pickle(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".bin" || extension == ".pt" || extension == ".pth" || extension == ".ckpt";
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// The names of the files in a folder, sorted.
std::vector<std::string> list(const fs::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator item(folder, error), end; !error && item != end; item.increment(error)) {
    names.push_back(item->path().filename().string());
  }
  if (error) fail(ErrorCode::kBadModel, folder.string(), ": cannot list the folder: ", error.message());
  std::ranges::sort(names);
  return names;
}

/// What a folder's checkpoint begins with: an index or a weight file.
fs::path find_checkpoint(const fs::path& folder) {
  for (const char* name : {"model.safetensors.index.json", "model.safetensors",
                           "diffusion_pytorch_model.safetensors.index.json", "diffusion_pytorch_model.safetensors"}) {
    if (is_there(folder / name)) return folder / name;
  }
  const std::vector<std::string> names = list(folder);
  std::vector<std::string> weight_files;
  std::ranges::copy_if(names, std::back_inserter(weight_files),
                       [](const std::string& name) { return name.ends_with(".safetensors"); });
  if (weight_files.size() == 1) return folder / weight_files.front();
  if (weight_files.size() > 1) {
    fail(ErrorCode::kBadModel, folder.string(), ": expected one .safetensors file or model.safetensors.index.json, ",
         "found ", weight_files.size(), " files without an index, the first being ", weight_files.front());
  }
  if (std::ranges::any_of(names, [](const std::string& name) { return is_pickle(name); })) {
    fail(ErrorCode::kBadModel, folder.string(), ": ", kPickleAdvice);
  }
  fail(ErrorCode::kBadModel, folder.string(), ": expected a .safetensors file, found none");
}

/// A shard lies beside its index; anything that could lead elsewhere is refused.
bool is_plain_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find_first_of(std::string_view("/\\\0", 3)) == name.npos;
}

}  // namespace

WeightStore::WeightStore(const std::filesystem::path& path) : path_(path) {
  if (!is_there(path)) fail(ErrorCode::kBadModel, path.string(), ": no such file or folder");
  std::error_code ignored;
  const fs::path first = fs::is_directory(path, ignored) ? find_checkpoint(path) : path;
  if (is_pickle(first)) fail(ErrorCode::kBadModel, first.string(), ": ", kPickleAdvice);
  entries_ = first.extension() == ".json" ? open_shards(first) : open_file(first);
}

WeightStore::Entries WeightStore::open_file(const fs::path& path) {
  const SafetensorsFile& file = *files_.emplace_back(std::make_unique<SafetensorsFile>(path));
  Entries entries;
  for (const TensorInfo& tensor : file.tensors()) entries[tensor.name] = {.file = &file, .info = &tensor};
  return entries;
}

WeightStore::Entries WeightStore::open_shards(const fs::path& index_path) {
  const ConfigObject index = ConfigObject::open(index_path);
  const ConfigObject weight_map = index.object("weight_map");
  std::map<std::string, Entries> shards;
  Entries entries;
  for (const std::string& name : weight_map.keys()) {
    const std::string shard = weight_map.text(name);
    if (!is_plain_file_name(shard)) weight_map.reject(name, "the name of a file beside the index");
    if (is_pickle(shard)) fail(ErrorCode::kBadModel, index_path.string(), ": ", kPickleAdvice);
    const auto [tensors, is_new] = shards.try_emplace(shard);
    if (is_new) {
      const fs::path path = index_path.parent_path() / shard;
      if (!is_there(path)) weight_map.reject(name, "a file that exists");
      tensors->second = open_file(path);
    }
    const auto found = tensors->second.find(name);
    if (found == tensors->second.end()) weight_map.reject(name, "a file that holds this tensor");
    entries.insert(*found);
  }
  return entries;
}

bool WeightStore::contains(const std::string& name) const { return entries_.contains(name); }

const TensorInfo& WeightStore::info(const std::string& name) const { return *entry(name).info; }

HostArray WeightStore::read(const std::string& name) const {
  const auto [file, info] = entry(name);
  HostArray array(info->dtype, info->shape);
  file->read(info->offset, std::span(array.bytes.get(), array.byte_count()));
  return array;
}

HostArray WeightStore::read_rows(const std::string& name, int64_t first, int64_t count) const {
  const auto [file, info] = entry(name);
  const int64_t rows = info->shape.empty() ? 0 : info->shape.front();
  if (info->shape.empty() || first < 0 || count < 0 || first > rows || count > rows - first) {
    fail(ErrorCode::kBadModel, file->name(), ": tensor ", quoted(name), ": expected ", count, " rows from row ", first,
         " on, found shape ", to_string(info->shape));
  }
  Shape shape = info->shape;
  shape.front() = count;
  HostArray array(info->dtype, std::move(shape));
  const uint64_t row_bytes = rows == 0 ? 0 : info->byte_count / static_cast<uint64_t>(rows);
  file->read(info->offset + static_cast<uint64_t>(first) * row_bytes, std::span(array.bytes.get(), array.byte_count()));
  return array;
}

std::string WeightStore::file_of(const std::string& name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? path_.string() : found->second.file->name();
}

TensorPlace WeightStore::place(const std::string& name) const {
  const auto [file, info] = entry(name);
  const auto at = std::ranges::find_if(files_, [file = file](const auto& owned) { return owned.get() == file; });
  return {static_cast<int>(at - files_.begin()), info->offset, info->byte_count};
}

std::vector<fs::path> WeightStore::files() const {
  std::vector<fs::path> paths;
  for (const auto& file : files_) paths.emplace_back(file->name());
  return paths;
}

std::vector<std::string> WeightStore::names() const {
  std::vector<std::string> names;
  names.reserve(entries_.size());
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

const WeightStore::Entry& WeightStore::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end())
    fail(ErrorCode::kBadModel, path_.string(), ": expected a tensor ", quoted(name), ", found none");
  return found->second;
}

}  // namespace odsora
