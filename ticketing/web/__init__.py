"""HTTP and Socket.IO as every resource declares them, and their document."""
