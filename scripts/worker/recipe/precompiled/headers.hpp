// What nearly every source of the worker reads, read once: the compiler spends half of its time on it.
#include "common.hpp"
#include "FBS/message.h"
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <unordered_map>
#include <uv.h>
#include <vector>
