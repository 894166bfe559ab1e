// Files that fail, for whole programs: a shared library that is put before the C library (LD_PRELOAD) and makes calls
// fail, move fewer bytes, or wait, as one environment variable says. Programs need not know of it.
//
//   ODSORA_FAULT=RULE[;RULE]...      RULE is CALL:WHAT[:after=N][:times=N][:path=TEXT]
//
//   CALL    open (mkostemp too), read (pread too), write (pwrite, writev too), fsync (fdatasync too), close, rename,
//           remove (unlink too)
//   WHAT    an error: EACCES EDQUOT EFBIG EINTR EIO EMFILE ENOMEM ENOSPC EROFS
//           kill         the process is killed, as by the kernel, in place of the call
//           short=BYTES  read and write move so many bytes at most, one at least
//           delay=MS     the call waits so long and goes on
//   after   read and write: so many bytes go well first, exactly, as on a disk that gets full; other calls: so many
//           calls [0]
//   times   so often [always]
//   path    only files with this text in their path; of rename, in the new one [any file]
//
// The first rule that fits a call decides. Counting begins anew with each program that is started. Descriptors 0 to 2
// are left alone by rules without a path. A wrong rule ends the program with exit code 99, so that no test can pass by
// a spelling mistake.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace {

enum class Call { kOpen, kRead, kWrite, kFsync, kClose, kRename, kRemove };
enum class What { kError, kKill, kShort, kDelay };

struct Named {
  std::string_view name;
  int value;
};
constexpr Named kCalls[] = {{"open", static_cast<int>(Call::kOpen)},    {"read", static_cast<int>(Call::kRead)},
                            {"write", static_cast<int>(Call::kWrite)},  {"fsync", static_cast<int>(Call::kFsync)},
                            {"close", static_cast<int>(Call::kClose)},  {"rename", static_cast<int>(Call::kRename)},
                            {"remove", static_cast<int>(Call::kRemove)}};
constexpr Named kErrors[] = {{"EACCES", EACCES}, {"EDQUOT", EDQUOT}, {"EFBIG", EFBIG},   {"EINTR", EINTR}, {"EIO", EIO},
                             {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM}, {"ENOSPC", ENOSPC}, {"EROFS", EROFS}};

struct Rule {
  Call call = Call::kOpen;
  What what = What::kError;
  int error = 0;         // of kError
  uint64_t measure = 0;  // bytes of kShort, milliseconds of kDelay
  uint64_t after = 0;
  uint64_t times = std::numeric_limits<uint64_t>::max();
  std::string path;
  std::atomic<uint64_t> passed{0};  // bytes or calls that went well
  std::atomic<uint64_t> fired{0};
};

[[noreturn]] void refuse(std::string_view rule) {
  dprintf(STDERR_FILENO, "ODSORA_FAULT: cannot understand \"%.*s\"\n", static_cast<int>(rule.size()), rule.data());
  _exit(99);
}

template <size_t kCount>
const Named* find(const Named (&names)[kCount], std::string_view name) {
  const auto found =
      std::find_if(std::begin(names), std::end(names), [&](const Named& one) { return one.name == name; });
  return found == std::end(names) ? nullptr : found;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// The number behind "NAME=", if the text is of this kind.
bool take(std::string_view text, std::string_view name, uint64_t& number) {
  if (!text.starts_with(name) || text.size() == name.size()) return false;
  text.remove_prefix(name.size());
  if (text.find_first_not_of("0123456789") != std::string_view::npos) return false;
  number = std::stoull(std::string(text));
  return true;
}

void parse(std::string_view text, Rule& rule) {
  const std::vector<std::string_view> parts = split(text, ':');
  const Named* const call = find(kCalls, parts[0]);
  if (call == nullptr || parts.size() < 2) refuse(text);
  rule.call = static_cast<Call>(call->value);
  if (const Named* const error = find(kErrors, parts[1])) {
    rule.error = error->value;
  } else if (parts[1] == "kill") {
    rule.what = What::kKill;
  } else if (take(parts[1], "short=", rule.measure)) {
    rule.what = What::kShort;
  } else if (take(parts[1], "delay=", rule.measure)) {
    rule.what = What::kDelay;
  } else {
    refuse(text);
  }
  for (size_t i = 2; i < parts.size(); ++i) {
    if (take(parts[i], "after=", rule.after) || take(parts[i], "times=", rule.times)) continue;
    if (!parts[i].starts_with("path=")) refuse(text);
    rule.path = parts[i].substr(5);
  }
}

std::vector<Rule>& rules() {
  static std::vector<Rule>* const all = [] {
    const char* const text = getenv("ODSORA_FAULT");
    const auto parts = split(text == nullptr ? "" : text, ';');
    const bool none = text == nullptr || *text == '\0';
    // Never given back: files are closed until the very end of the program.
    static std::vector<Rule> kept(none ? 0 : parts.size());
    for (size_t i = 0; i < kept.size(); ++i) parse(parts[i], kept[i]);
    return &kept;
  }();
  return *all;
}

// What happens to one call.
struct Fate {
  bool fails = false;                                // errno is set
  size_t most = std::numeric_limits<size_t>::max();  // bytes
};

bool counts_bytes(Call call) { return call == Call::kRead || call == Call::kWrite; }

// `amount` is of bytes, or one call.
Fate apply(Rule& rule, size_t amount) {
  Fate fate;
  if (rule.passed >= rule.after) {
    if (rule.fired++ >= rule.times) return fate;
    switch (rule.what) {
      case What::kError:
        fate.fails = true;
        errno = rule.error;
        break;
      case What::kKill: raise(SIGKILL); break;
      case What::kShort: fate.most = std::max<size_t>(rule.measure, 1); break;
      case What::kDelay: usleep(static_cast<useconds_t>(rule.measure * 1000)); break;
    }
    return fate;
  }
  // Only an error has an exact place within the bytes; the rest begins with the next call.
  const bool exact = counts_bytes(rule.call) && (rule.what == What::kError || rule.what == What::kKill);
  if (exact) fate.most = static_cast<size_t>(rule.after - rule.passed);
  rule.passed += std::min(amount, fate.most);
  return fate;
}

Fate fate_of(Call call, std::string_view path, size_t amount, bool is_standard_stream = false) {
  for (Rule& rule : rules()) {
    if (is_standard_stream && rule.path.empty()) continue;
    if (rule.call == call && path.find(rule.path) != std::string_view::npos) return apply(rule, amount);
  }
  return {};
}

Fate fate_of(Call call, int descriptor, size_t amount) {
  if (rules().empty()) return {};
  const int kept = errno;
  char link[40], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof path);
  errno = kept;
  const std::string_view name(path, static_cast<size_t>(std::max<ssize_t>(length, 0)));
  return fate_of(call, name, amount, descriptor <= STDERR_FILENO);
}

// The function of this name that would have been called without this library.
template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

ssize_t moved_at_most(ssize_t moved, size_t most) { return std::min(moved, static_cast<ssize_t>(most)); }

// A direct read must be asked for whole blocks, so less is told, not read.
template <typename Read>
ssize_t faulty_read_at(const Read& read, int descriptor, size_t count) {
  const Fate fate = fate_of(Call::kRead, descriptor, count);
  if (fate.fails) return -1;
  return fate.most < count ? moved_at_most(read(), fate.most) : read();
}

int faulty_open(const char* function, const char* path, int flags, mode_t mode) {
  if (fate_of(Call::kOpen, path, 1).fails) return -1;
  return next<int(const char*, int, ...)>(function)(path, flags, mode);
}

// Reads the mode where there is one.
mode_t mode_among(int flags, va_list& arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) == 0 ? 0 : static_cast<mode_t>(va_arg(arguments, unsigned));
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_among(flags, arguments);
  va_end(arguments);
  return faulty_open("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_among(flags, arguments);
  va_end(arguments);
  return faulty_open("open64", path, flags, mode);
}

FILE* fopen(const char* path, const char* mode) {
  return fate_of(Call::kOpen, path, 1).fails ? nullptr : next<FILE*(const char*, const char*)>("fopen")(path, mode);
}

FILE* fopen64(const char* path, const char* mode) {
  return fate_of(Call::kOpen, path, 1).fails ? nullptr : next<FILE*(const char*, const char*)>("fopen64")(path, mode);
}

int mkostemp(char* path, int flags) {
  return fate_of(Call::kOpen, path, 1).fails ? -1 : next<int(char*, int)>("mkostemp")(path, flags);
}

int mkostemp64(char* path, int flags) {
  return fate_of(Call::kOpen, path, 1).fails ? -1 : next<int(char*, int)>("mkostemp64")(path, flags);
}

ssize_t read(int descriptor, void* memory, size_t count) {
  const Fate fate = fate_of(Call::kRead, descriptor, count);
  if (fate.fails) return -1;
  return next<ssize_t(int, void*, size_t)>("read")(descriptor, memory, std::min(count, fate.most));
}

ssize_t pread(int descriptor, void* memory, size_t count, off_t offset) {
  return faulty_read_at(
      [&] { return next<ssize_t(int, void*, size_t, off_t)>("pread")(descriptor, memory, count, offset); }, descriptor,
      count);
}

ssize_t pread64(int descriptor, void* memory, size_t count, off64_t offset) {
  return faulty_read_at(
      [&] { return next<ssize_t(int, void*, size_t, off64_t)>("pread64")(descriptor, memory, count, offset); },
      descriptor, count);
}

ssize_t write(int descriptor, const void* memory, size_t count) {
  const Fate fate = fate_of(Call::kWrite, descriptor, count);
  if (fate.fails) return -1;
  return next<ssize_t(int, const void*, size_t)>("write")(descriptor, memory, std::min(count, fate.most));
}

ssize_t pwrite(int descriptor, const void* memory, size_t count, off_t offset) {
  const Fate fate = fate_of(Call::kWrite, descriptor, count);
  if (fate.fails) return -1;
  return next<ssize_t(int, const void*, size_t, off_t)>("pwrite")(descriptor, memory, std::min(count, fate.most),
                                                                  offset);
}

ssize_t pwrite64(int descriptor, const void* memory, size_t count, off64_t offset) {
  const Fate fate = fate_of(Call::kWrite, descriptor, count);
  if (fate.fails) return -1;
  return next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64")(descriptor, memory, std::min(count, fate.most),
                                                                      offset);
}

// The C++ library's files write with it. The first part is enough: less than all is what write() may move, too.
ssize_t writev(int descriptor, const iovec* parts, int count) {
  size_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += parts[i].iov_len;
  const Fate fate = fate_of(Call::kWrite, descriptor, bytes);
  if (fate.fails) return -1;
  if (fate.most >= bytes) return next<ssize_t(int, const iovec*, int)>("writev")(descriptor, parts, count);
  const iovec* part = parts;
  while (part->iov_len == 0) ++part;
  return next<ssize_t(int, const void*, size_t)>("write")(descriptor, part->iov_base,
                                                          std::min(part->iov_len, fate.most));
}

int fsync(int descriptor) {
  return fate_of(Call::kFsync, descriptor, 1).fails ? -1 : next<int(int)>("fsync")(descriptor);
}

int fdatasync(int descriptor) {
  return fate_of(Call::kFsync, descriptor, 1).fails ? -1 : next<int(int)>("fdatasync")(descriptor);
}

// As on Linux, the descriptor is closed even when closing it fails.
int close(int descriptor) {
  const Fate fate = fate_of(Call::kClose, descriptor, 1);
  const int told = errno;
  const int result = next<int(int)>("close")(descriptor);
  if (!fate.fails) return result;
  errno = told;
  return -1;
}

int rename(const char* from, const char* to) {
  return fate_of(Call::kRename, to, 1).fails ? -1 : next<int(const char*, const char*)>("rename")(from, to);
}

int remove(const char* path) {
  return fate_of(Call::kRemove, path, 1).fails ? -1 : next<int(const char*)>("remove")(path);
}

int unlink(const char* path) {
  return fate_of(Call::kRemove, path, 1).fails ? -1 : next<int(const char*)>("unlink")(path);
}

}  // extern "C"
