// Holds writer_memory against what a process of its own takes.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/process_memory.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "video/video_writer.h"

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kMemoryIsOurs = false;
#else
constexpr bool kMemoryIsOurs = true;
#endif

namespace odsora {
namespace {

/// What resident memory grows by at most while a child process writes the video. Zero if it failed.
Bytes measured(const VideoFormat& format, const std::filesystem::path& output, const std::filesystem::path& result) {
  release_freed_memory();
  const pid_t child = fork();
  if (child == 0) {
    try {
      const std::vector<Picture> pictures = {noise(format, 0), noise(format, 1)};
      const Bytes before = resident_bytes();
      write_video(format, output,
                  [&](const VideoFormat&, int frame) { return pictures[static_cast<size_t>(frame % 2)]; });
      std::ofstream(result) << peak_resident_bytes() - before;
      _exit(0);
    } catch (...) {
      _exit(1);
    }
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return 0;
  Bytes bytes = 0;
  std::ifstream(result) >> bytes;
  return bytes;
}

TEST(WriterMemory, IsAnHonestBound) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "the sanitizer's own memory cannot be told from the writer's";
  const TemporaryFolder folder;
  for (const std::string extension : {".mp4", ".webm", ".gif", ".webp", ".png"}) {
    // Only these two look at other frames than the one that they write.
    const bool looks_ahead = extension == ".mp4" || extension == ".webm";
    for (const VideoFormat& format :
         {VideoFormat{.width = 256, .height = 256, .fps = 24, .frames = 68},
          VideoFormat{.width = 1280, .height = 720, .fps = 24, .frames = looks_ahead ? 14 : 3}}) {
      const Bytes bound = writer_memory(format, "out" + extension);
      const Bytes found = measured(format, folder.path() / ("out" + extension), folder.path() / "result");
      RecordProperty("bytes" + extension + std::to_string(format.width), std::to_string(found));
      EXPECT_GT(found, 0U) << extension;
      EXPECT_LE(found, bound) << extension << " " << format.width;
      EXPECT_GE(3 * found + 10'000'000, bound) << extension << " " << format.width;  // no bound that costs too much
    }
  }
}

}  // namespace
}  // namespace odsora
