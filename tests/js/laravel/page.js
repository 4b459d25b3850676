// Listen for new messages
Echo.private(`ticket.${ticketId}`)
    .listen('.message.sent', (e) => {
        console.log('New message:', e);
        // Update UI with new message
    });
