#include "video/container_comment.h"

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
}

#include <memory>
#include <new>

#include "base/error.h"
#include "video/generation_data.h"

namespace odsora {
namespace {

struct DemuxerDeleter {
  void operator()(AVFormatContext* demuxer) const { avformat_close_input(&demuxer); }
};
using Demuxer = std::unique_ptr<AVFormatContext, DemuxerDeleter>;

/// Copies, since libav takes memory of its own.
void set_list(char*& list, const char* value) {
  list = av_strdup(value);
  if (list == nullptr) throw std::bad_alloc();
}

Demuxer open_demuxer(const std::filesystem::path& file, const char* name) {
  const AVInputFormat* kind = av_find_input_format(name);
  if (kind == nullptr) fail(ErrorCode::kUnsupported, "the installed libavformat cannot read ", name);
  Demuxer demuxer(avformat_alloc_context());
  if (!demuxer) throw std::bad_alloc();
  set_list(demuxer->protocol_whitelist, "file");
  set_list(demuxer->format_whitelist, "mov,matroska");
  AVFormatContext* opening = demuxer.release();  // freed by libav if it fails
  const int code = avformat_open_input(&opening, ("file:" + file.string()).c_str(), kind, nullptr);
  if (code < 0) {
    char reason[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(code, reason, sizeof(reason));
    fail(ErrorCode::kInvalidArgument, file.string(), ": cannot read the video: ", reason);
  }
  return Demuxer(opening);
}

}  // namespace

std::optional<std::string> find_container_comment(const std::filesystem::path& file, const char* demuxer) {
  av_log_set_level(AV_LOG_QUIET);
  const Demuxer opened = open_demuxer(file, demuxer);
  const AVDictionaryEntry* entry = av_dict_get(opened->metadata, kCommentKey, nullptr, 0);
  if (entry == nullptr || !is_generation_data(entry->value)) return {};
  return entry->value;
}

}  // namespace odsora
