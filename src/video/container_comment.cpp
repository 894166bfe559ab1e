#include "video/container_comment.h"

extern "C" {
#include <libavutil/log.h>
}

#include "video/generation_data.h"
#include "video/media_file.h"
#include "video/video_demuxer.h"

namespace odsora {

std::optional<std::string> find_container_comment(const std::filesystem::path& path) {
  av_log_set_level(AV_LOG_QUIET);
  MediaFile file(path);
  const VideoDemuxer demuxer(file);
  const char* comment = demuxer.metadata(kCommentKey);
  if (comment == nullptr || !is_generation_data(comment)) return {};
  return comment;
}

}  // namespace odsora
