// Defects on purpose: scripts/check_sanitizers runs each and expects that the sanitizer ends the program.
//
//   defects race|overflow|leak|shift
#include <cstdio>
#include <string_view>
#include <thread>
#include <vector>

namespace {

int shared_number = 0;

void race() {
  std::thread other([] { ++shared_number; });
  ++shared_number;
  other.join();
}

int overflow(int argc) {
  const std::vector<int> numbers(static_cast<size_t>(argc));
  return numbers.data()[argc];
}

int shift(int argc) { return argc << (30 + argc); }

void leak(size_t bytes) {
  static volatile char* kept = nullptr;
  kept = new char[bytes];
  kept[0] = 1;
  kept = nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  int result = 0;
  if (what == "race") {
    race();
  } else if (what == "overflow") {
    result = overflow(argc);
  } else if (what == "leak") {
    leak(static_cast<size_t>(argc) * 100);
  } else if (what == "shift") {
    result = shift(argc);
  } else {
    std::fprintf(stderr, "defects: expected race, overflow, leak or shift\n");
    return 2;
  }
  std::printf("%s was not noticed: %d, %d\n", argv[1], result, shared_number);
  return 0;
}
